/** grpc.reflection: how `buf curl` and other tools learn the contract from a running server. */
import { type DescFile, toBinary } from "@bufbuild/protobuf";
import { FileDescriptorProtoSchema } from "@bufbuild/protobuf/wkt";
import type { ConnectRouter } from "@connectrpc/connect";
import { file_google_rpc_error_details } from "../../gen/google/rpc/error_details_pb.ts";
import { file_grpc_health_v1_health } from "../../gen/grpc/health/v1/health_pb.ts";
import {
  ServerReflection,
  type ServerReflectionRequest,
} from "../../gen/grpc/reflection/v1/reflection_pb.ts";
import { ServerReflection as ServerReflectionAlpha } from "../../gen/grpc/reflection/v1alpha/reflection_pb.ts";
import { file_keyfast_v1_api_key_service } from "../../gen/keyfast/v1/api_key_service_pb.ts";
import { file_keyfast_v1_error_reason } from "../../gen/keyfast/v1/error_reason_pb.ts";

const ROOTS = [
  file_keyfast_v1_api_key_service,
  file_keyfast_v1_error_reason,
  file_grpc_health_v1_health,
  file_google_rpc_error_details,
];
const NOT_FOUND = 5;
const UNIMPLEMENTED = 12;

/** Questions on one stream; a client that asks more than this opens another. */
const MAX_QUESTIONS = 1_000;

const files = new Map<string, DescFile>();
const fileOfSymbol = new Map<string, DescFile>();

function add(file: DescFile): void {
  if (files.has(file.proto.name)) return;
  files.set(file.proto.name, file);
  file.dependencies.forEach(add);
  for (const type of [...file.messages, ...file.enums, ...file.extensions])
    fileOfSymbol.set(type.typeName, file);
  for (const service of file.services) {
    fileOfSymbol.set(service.typeName, file);
    for (const method of service.methods) fileOfSymbol.set(`${service.typeName}.${method.name}`, file);
  }
}
ROOTS.forEach(add);

/** The file and all that it builds on, each once. */
function withDependencies(file: DescFile, seen = new Map<string, Uint8Array>()): Map<string, Uint8Array> {
  if (seen.has(file.proto.name)) return seen;
  seen.set(file.proto.name, toBinary(FileDescriptorProtoSchema, file.proto));
  for (const dependency of file.dependencies) withDependencies(dependency, seen);
  return seen;
}

const failure = (errorCode: number, errorMessage: string) => ({
  case: "errorResponse" as const,
  value: { errorCode, errorMessage },
});

function describe(file: DescFile | undefined) {
  if (!file) return failure(NOT_FOUND, "not found");
  const fileDescriptorProto = [...withDependencies(file).values()];
  return { case: "fileDescriptorResponse" as const, value: { fileDescriptorProto } };
}

const listServices = () => ({
  case: "listServicesResponse" as const,
  value: { service: ROOTS.flatMap((file) => file.services.map(({ typeName }) => ({ name: typeName }))) },
});

type Question = ServerReflectionRequest["messageRequest"];

function answer(question: Question) {
  switch (question.case) {
    case "listServices":
      return listServices();
    case "fileByFilename":
      return describe(files.get(question.value));
    case "fileContainingSymbol":
      return describe(fileOfSymbol.get(question.value));
    default:
      return failure(UNIMPLEMENTED, "not supported");
  }
}

async function* answers(requests: AsyncIterable<{ host: string; messageRequest: unknown }>) {
  let asked = 0;
  for await (const { messageRequest } of requests) {
    if (++asked > MAX_QUESTIONS) return;
    yield { messageResponse: answer(messageRequest as Question) };
  }
}

/** Both versions of the protocol: they differ by name only. Open to all, since the contract is public. */
export function serveReflection(router: ConnectRouter): void {
  router.service(ServerReflection, { serverReflectionInfo: answers });
  router.service(ServerReflectionAlpha, { serverReflectionInfo: answers });
}
