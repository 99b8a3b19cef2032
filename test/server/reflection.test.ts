import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { fromBinary, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import { FileDescriptorProtoSchema } from "@bufbuild/protobuf/wkt";
import { createClient } from "@connectrpc/connect";
import { createGrpcTransport } from "@connectrpc/connect-node";
import { Client, credentials } from "@grpc/grpc-js";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  ServerReflection,
  type ServerReflectionRequestSchema,
} from "../../gen/grpc/reflection/v1/reflection_pb.ts";
import {
  ServerReflectionRequestSchema as AlphaRequestSchema,
  ServerReflectionResponseSchema as AlphaResponseSchema,
  ServerReflection as ServerReflectionAlpha,
} from "../../gen/grpc/reflection/v1alpha/reflection_pb.ts";
import { startService, type TestService } from "../support/service.ts";
import { collect } from "./support/collect.ts";

const SERVICES = [
  "grpc.health.v1.Health",
  "grpc.reflection.v1.ServerReflection",
  "grpc.reflection.v1alpha.ServerReflection",
  "keyfast.v1.ApiKeyService",
];

const run = promisify(execFile);

let service: TestService;
beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.stop());

type Question = MessageInitShape<typeof ServerReflectionRequestSchema>["messageRequest"];

async function ask(...questions: NonNullable<Question>[]) {
  const client = createClient(ServerReflection, createGrpcTransport({ baseUrl: service.grpcUrl }));
  async function* requests() {
    for (const messageRequest of questions) yield { host: "a-host", messageRequest };
  }
  return collect(client.serverReflectionInfo(requests()));
}

async function askOne(question: NonNullable<Question>) {
  const [response] = await ask(question);
  return response?.messageResponse;
}

async function fileNames(question: NonNullable<Question>): Promise<string[]> {
  const answer = await askOne(question);
  if (answer?.case !== "fileDescriptorResponse") throw new Error(`the answer was ${answer?.case}`);
  return answer.value.fileDescriptorProto.map((bytes) => fromBinary(FileDescriptorProtoSchema, bytes).name);
}

describe("reflection", () => {
  it("lists every service that is served", async () => {
    const answer = await askOne({ case: "listServices", value: "" });
    if (answer?.case !== "listServicesResponse") throw new Error(`the answer was ${answer?.case}`);
    expect(answer.value.service.map(({ name }) => name).toSorted()).toEqual(SERVICES);
  });

  it.each([
    "keyfast.v1.ApiKeyService",
    "keyfast.v1.ApiKeyService.VerifyApiKey",
    "keyfast.v1.CreateApiKeyRequest",
    "keyfast.v1.Restricted",
    "keyfast.v1.Resource",
    "keyfast.v1.ErrorReason",
    "google.rpc.ErrorInfo",
    "google.rpc.BadRequest.FieldViolation",
    "google.protobuf.Timestamp",
    "buf.validate.FieldRules",
  ])("gives the file that holds %s, first and with all that it builds on", async (symbol) => {
    const answer = await askOne({ case: "fileContainingSymbol", value: symbol });
    if (answer?.case !== "fileDescriptorResponse") throw new Error(`the answer was ${answer?.case}`);
    const files = answer.value.fileDescriptorProto.map((bytes) =>
      fromBinary(FileDescriptorProtoSchema, bytes),
    );
    const [first] = files;
    expect(symbol.startsWith(`${first?.package}.`)).toBe(true);
    const names = new Set(files.map(({ name }) => name));
    expect(names.size).toBe(files.length);
    for (const dependency of files.flatMap((file) => file.dependency)) expect(names).toContain(dependency);
  });

  it("gives a file by its name", async () => {
    const [first] = await fileNames({ case: "fileByFilename", value: "keyfast/v1/resource.proto" });
    expect(first).toBe("keyfast/v1/resource.proto");
  });

  it("finds the option that describes resources, by its number and among those of its type", async () => {
    const all = await askOne({
      case: "allExtensionNumbersOfType",
      value: "google.protobuf.EnumValueOptions",
    });
    if (all?.case !== "allExtensionNumbersResponse") throw new Error(`the answer was ${all?.case}`);
    const [extensionNumber = 0] = all.value.extensionNumber;
    const containingType = "google.protobuf.EnumValueOptions";
    const [file] = await fileNames({
      case: "fileContainingExtension",
      value: { containingType, extensionNumber },
    });
    expect(file).toBe("keyfast/v1/resource.proto");
  });

  it.each<NonNullable<Question>>([
    { case: "fileByFilename", value: "no/such.proto" },
    { case: "fileContainingSymbol", value: "no.such.Symbol" },
    { case: "fileContainingExtension", value: { containingType: "keyfast.v1.ApiKey", extensionNumber: 1 } },
    { case: "allExtensionNumbersOfType", value: "no.such.Type" },
  ])("answers NOT_FOUND to $case of what is not there, and goes on with the stream", async (question) => {
    const answers = await ask(question, { case: "listServices", value: "" });
    expect(answers.map(({ messageResponse }) => messageResponse.case)).toEqual([
      "errorResponse",
      "listServicesResponse",
    ]);
    expect(answers[0]?.messageResponse.value).toMatchObject({ errorCode: 5 });
    expect(answers[0]?.validHost).toBe("a-host");
    expect(answers[0]?.originalRequest?.messageRequest).toMatchObject({ case: question.case });
  });

  it("answers a question that it does not know with INVALID_ARGUMENT", async () => {
    const answer = await askOne({ case: undefined } as NonNullable<Question>);
    expect(answer).toMatchObject({ case: "errorResponse", value: { errorCode: 3 } });
  });

  it("answers grpc-js in the older version of the protocol", async () => {
    const { typeName, method } = ServerReflectionAlpha;
    const client = new Client(new URL(service.grpcUrl).host, credentials.createInsecure());
    const stream = client.makeBidiStreamRequest(
      `/${typeName}/${method.serverReflectionInfo.name}`,
      (request: Uint8Array) => Buffer.from(request),
      (bytes) => fromBinary(AlphaResponseSchema, bytes),
    );
    stream.write(
      toBinary(AlphaRequestSchema, {
        $typeName: AlphaRequestSchema.typeName,
        host: "",
        messageRequest: { case: "fileContainingSymbol", value: "keyfast.v1.ApiKeyService" },
      }),
    );
    stream.end();
    const answers = await collect(stream);
    client.close();
    expect(answers).toMatchObject([{ messageResponse: { case: "fileDescriptorResponse" } }]);
  });

  it("is enough for buf curl to list the methods without the schema", async () => {
    const { stdout } = await run("buf", [
      "curl",
      "--protocol=grpc",
      "--http2-prior-knowledge",
      "--list-methods",
      service.grpcUrl,
    ]);
    expect(stdout.trim().split("\n")).toEqual(
      expect.arrayContaining(["keyfast.v1.ApiKeyService/VerifyApiKey", "grpc.health.v1.Health/Check"]),
    );
  });
});
