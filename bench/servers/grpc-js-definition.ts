/** VerifyApiKey in the form that grpc-js wants, with the codec of the contract's generated code. */
import { type DescMessage, fromBinary, type MessageShape, toBinary } from "@bufbuild/protobuf";
import type { MethodDefinition } from "@grpc/grpc-js";
import {
  type VerifyApiKeyRequest,
  VerifyApiKeyRequestSchema,
  type VerifyApiKeyResponse,
  VerifyApiKeyResponseSchema,
} from "../../gen/keyfast/v1/api_key_service_pb.ts";

export const VERIFY_PATH = "/keyfast.v1.ApiKeyService/VerifyApiKey";

const serialize =
  <D extends DescMessage>(schema: D) =>
  (message: MessageShape<D>): Buffer =>
    Buffer.from(toBinary(schema, message));

const deserialize =
  <D extends DescMessage>(schema: D) =>
  (bytes: Buffer): MessageShape<D> =>
    fromBinary(schema, bytes);

const verifyApiKey: MethodDefinition<VerifyApiKeyRequest, VerifyApiKeyResponse> = {
  path: VERIFY_PATH,
  requestStream: false,
  responseStream: false,
  requestSerialize: serialize(VerifyApiKeyRequestSchema),
  requestDeserialize: deserialize(VerifyApiKeyRequestSchema),
  responseSerialize: serialize(VerifyApiKeyResponseSchema),
  responseDeserialize: deserialize(VerifyApiKeyResponseSchema),
};

export const verifyDefinition = { verifyApiKey };
