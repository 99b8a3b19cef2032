/**
 * grpc.reflection: how `buf curl` and other tools learn the contract from a running server. Open to all, since the
 * contract is public.
 */
import {
  type AnyDesc,
  type DescExtension,
  type DescFile,
  type MessageInitShape,
  toBinary,
} from "@bufbuild/protobuf";
import { nestedTypes } from "@bufbuild/protobuf/reflect";
import { FileDescriptorProtoSchema } from "@bufbuild/protobuf/wkt";
import type { ConnectRouter, ServiceImpl } from "@connectrpc/connect";
import { file_google_rpc_error_details } from "../../gen/google/rpc/error_details_pb.ts";
import { file_grpc_health_v1_health } from "../../gen/grpc/health/v1/health_pb.ts";
import {
  file_grpc_reflection_v1_reflection,
  ServerReflection,
  type ServerReflectionRequest,
  type ServerReflectionResponseSchema,
} from "../../gen/grpc/reflection/v1/reflection_pb.ts";
import {
  file_grpc_reflection_v1alpha_reflection,
  ServerReflection as ServerReflectionAlpha,
} from "../../gen/grpc/reflection/v1alpha/reflection_pb.ts";
import { file_keyfast_v1_api_key_service } from "../../gen/keyfast/v1/api_key_service_pb.ts";
import { file_keyfast_v1_error_reason } from "../../gen/keyfast/v1/error_reason_pb.ts";

/** What clients call, and what they find in details of errors. */
const ROOTS = [
  file_keyfast_v1_api_key_service,
  file_keyfast_v1_error_reason,
  file_google_rpc_error_details,
  file_grpc_health_v1_health,
  file_grpc_reflection_v1_reflection,
  file_grpc_reflection_v1alpha_reflection,
];
/** google.rpc.Code, as the protocol wants it inside its answers. */
const NOT_FOUND = 5;
const INVALID_ARGUMENT = 3;
/** Questions on one stream; a client that asks more opens another. */
const MAX_QUESTIONS = 1_000;

type Question = ServerReflectionRequest["messageRequest"];
type Answer = NonNullable<MessageInitShape<typeof ServerReflectionResponseSchema>["messageResponse"]>;

/** The file and all that it builds on, each once. */
function withDependencies(file: DescFile, found = new Set<DescFile>()): Set<DescFile> {
  if (found.has(file)) return found;
  found.add(file);
  for (const dependency of file.dependencies) withDependencies(dependency, found);
  return found;
}

const allFiles = [...new Set(ROOTS.flatMap((file) => [...withDependencies(file)]))];
const allTypes = allFiles.flatMap((file) => [...nestedTypes(file)]);
const fileByName = new Map(allFiles.map((file) => [file.proto.name, file]));
const fileOfSymbol = new Map(
  allTypes.flatMap((type) => symbolsOf(type).map((symbol) => [symbol, type.file] as const)),
);
const extensions = allTypes.filter((type): type is DescExtension => type.kind === "extension");

type NamedType = Exclude<AnyDesc, { kind: "file" | "rpc" | "field" | "oneof" | "enum_value" }>;

function symbolsOf(type: NamedType): string[] {
  if (type.kind !== "service") return [type.typeName];
  return [type.typeName, ...type.methods.map((method) => `${type.typeName}.${method.name}`)];
}

const failure = (errorCode: number, errorMessage: string): Answer => ({
  case: "errorResponse",
  value: { errorCode, errorMessage },
});

function contents(file: DescFile | undefined): Answer {
  if (!file) return failure(NOT_FOUND, "not found");
  const files = [...withDependencies(file)];
  const fileDescriptorProto = files.map(({ proto }) => toBinary(FileDescriptorProtoSchema, proto));
  return { case: "fileDescriptorResponse", value: { fileDescriptorProto } };
}

function extensionNumbers(typeName: string): Answer {
  if (!allTypes.some((type) => type.kind === "message" && type.typeName === typeName)) {
    return failure(NOT_FOUND, "not found");
  }
  const extensionNumber = extensions.filter(({ extendee }) => extendee.typeName === typeName);
  return {
    case: "allExtensionNumbersResponse",
    value: { baseTypeName: typeName, extensionNumber: extensionNumber.map(({ number }) => number) },
  };
}

const services = (): Answer => ({
  case: "listServicesResponse",
  value: { service: ROOTS.flatMap((file) => file.services.map(({ typeName }) => ({ name: typeName }))) },
});

function answer(question: Question): Answer {
  switch (question.case) {
    case "listServices":
      return services();
    case "fileByFilename":
      return contents(fileByName.get(question.value));
    case "fileContainingSymbol":
      return contents(fileOfSymbol.get(question.value));
    case "fileContainingExtension": {
      const { containingType, extensionNumber } = question.value;
      const isAsked = (e: DescExtension) =>
        e.extendee.typeName === containingType && e.number === extensionNumber;
      return contents(extensions.find(isAsked)?.file);
    }
    case "allExtensionNumbersOfType":
      return extensionNumbers(question.value);
    default:
      return failure(INVALID_ARGUMENT, "the question is not known");
  }
}

async function* answers(requests: AsyncIterable<ServerReflectionRequest>) {
  let asked = 0;
  for await (const request of requests) {
    if (++asked > MAX_QUESTIONS) return;
    const messageResponse = answer(request.messageRequest);
    yield { validHost: request.host, originalRequest: request, messageResponse };
  }
}

type AlphaImplementation = Partial<ServiceImpl<typeof ServerReflectionAlpha>>;

/** Both versions of the protocol have the same messages, by different names. */
export function serveReflection(router: ConnectRouter): void {
  const implementation = { serverReflectionInfo: answers };
  router.service(ServerReflection, implementation);
  router.service(ServerReflectionAlpha, implementation as unknown as AlphaImplementation);
}
