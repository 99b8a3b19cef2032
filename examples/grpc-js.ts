/** gRPC with grpc-js, as a service that was handed a key: may it read calls in production? */
import { readFileSync } from "node:fs";
import {
  create,
  type DescMessage,
  type DescMethodUnary,
  enumToJson,
  fromBinary,
  type MessageInitShape,
  type MessageShape,
  toBinary,
} from "@bufbuild/protobuf";
import { Client, credentials, Metadata } from "@grpc/grpc-js";
import { Environment, PermissionLevel, Verdict, VerdictSchema } from "../gen/keyfast/v1/api_key_pb.ts";
import { ApiKeyService } from "../gen/keyfast/v1/api_key_service_pb.ts";
import { Resource } from "../gen/keyfast/v1/resource_pb.ts";

const { GRPC_ADDRESS = "127.0.0.1:9090", TOKEN_FILE = ".keyfast/service-token", API_KEY = "" } = process.env;
const client = new Client(GRPC_ADDRESS, credentials.createInsecure());
const metadata = new Metadata();
metadata.set("authorization", `Bearer ${readFileSync(TOKEN_FILE, "utf8").trim()}`);

/** All that grpc-js needs to speak the generated messages. */
function call<I extends DescMessage, O extends DescMessage>(
  method: DescMethodUnary<I, O>,
  request: MessageInitShape<I>,
): Promise<MessageShape<O>> {
  const path = `/${method.parent.typeName}/${method.name}`;
  const write = (message: MessageShape<I>) => Buffer.from(toBinary(method.input, message));
  const read = (bytes: Buffer) => fromBinary(method.output, bytes);
  const message = create(method.input, request);
  const options = { deadline: Date.now() + 2_000 };
  const { promise, resolve, reject } = Promise.withResolvers<MessageShape<O>>();
  client.makeUnaryRequest(path, write, read, message, metadata, options, (error, answer) =>
    answer ? resolve(answer) : reject(error),
  );
  return promise;
}

const { verdict, identity } = await call(ApiKeyService.method.verifyApiKey, {
  key: API_KEY,
  required: [{ resource: Resource.CALLS, level: PermissionLevel.READ }],
  environment: Environment.PRODUCTION,
});
// VALID lets the caller in, and nothing else does: no other verdict, and no error.
const isAllowed = verdict === Verdict.VALID;
console.log(enumToJson(VerdictSchema, verdict), isAllowed ? identity?.projectId : "refused");
client.close();
