/** grpc-js with a handler that always answers the same. */
import { fromBinary } from "@bufbuild/protobuf";
import { Server, ServerCredentials, type sendUnaryData } from "@grpc/grpc-js";
import {
  type VerifyApiKeyResponse,
  VerifyApiKeyResponseSchema,
} from "../../gen/keyfast/v1/api_key_service_pb.ts";
import { verifyDefinition } from "./grpc-js-definition.ts";
import { constantMessage, say } from "./support.ts";

const response = fromBinary(VerifyApiKeyResponseSchema, constantMessage());
const server = new Server();

server.addService(verifyDefinition, {
  verifyApiKey: (_call: unknown, answer: sendUnaryData<VerifyApiKeyResponse>) => answer(null, response),
});

server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, port) => {
  if (error) throw error;
  say(port);
});
