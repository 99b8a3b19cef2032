/** The story of one key, told against a running `npm start`: created, asked about, deleted, asked about again. */
import { readFileSync } from "node:fs";
import { join, relative } from "node:path";
import type { DescEnum } from "@bufbuild/protobuf";
import { createClient, type Interceptor } from "@connectrpc/connect";
import { createGrpcTransport } from "@connectrpc/connect-node";
import {
  Environment,
  type Permission,
  PermissionLevel,
  PermissionLevelSchema,
  VerdictSchema,
} from "../gen/keyfast/v1/api_key_pb.ts";
import { ApiKeyService, type VerifyApiKeyResponse } from "../gen/keyfast/v1/api_key_service_pb.ts";
import { Resource, ResourceSchema } from "../gen/keyfast/v1/resource_pb.ts";
import { loadConfig } from "../src/config.ts";

const PROJECT = "demo";
const READ_CALLS = { resource: Resource.CALLS, level: PermissionLevel.READ };
const WRITE_CALLS = { resource: Resource.CALLS, level: PermissionLevel.WRITE };

const say = (text = "") => console.log(text);

class NotRunning extends Error {}

const config = loadConfig(process.env);
const baseUrl = `http://${config.grpc.host.includes(":") ? `[${config.grpc.host}]` : config.grpc.host}:${config.grpc.port}`;

/** A client that calls with the token which `npm start` left in its data folder. */
function clientWith(tokenFile: string) {
  const token = readToken(join(config.dataDir, tokenFile));
  const bearer: Interceptor = (next) => (request) => {
    request.header.set("authorization", `Bearer ${token}`);
    return next(request);
  };
  return createClient(ApiKeyService, createGrpcTransport({ baseUrl, interceptors: [bearer] }));
}

function readToken(path: string): string {
  try {
    return readFileSync(path, "utf8").trim();
  } catch {
    throw new NotRunning(`There is no ${relative(process.cwd(), path)}.`);
  }
}

const valueName = ({ value }: DescEnum, number: number) => value[number]?.localName ?? String(number);

const nameOf = ({ resource, level }: Pick<Permission, "resource" | "level">) =>
  `${valueName(PermissionLevelSchema, level)} ${valueName(ResourceSchema, resource)}`;

function answer({ verdict, missing }: VerifyApiKeyResponse, tookMs: number): string {
  const lacks = missing.length > 0 ? `, lacks ${missing.map(nameOf).join(", ")}` : "";
  return `${valueName(VerdictSchema, verdict)}${lacks} (${tookMs.toFixed(1)} ms)`;
}

async function story(): Promise<void> {
  const operator = clientWith("operator-token");
  const service = clientWith("service-token");
  // So that a story is not begun which cannot be told.
  await operator.listApiKeys({ projectId: PROJECT, pageSize: 1 });

  say(`1. The operator creates a key in project "${PROJECT}" that may read calls, and nothing else.`);
  const { apiKey, key } = await operator.createApiKey({
    projectId: PROJECT,
    displayName: "Demo key",
    environment: Environment.DEVELOPMENT,
    access: { case: "restricted", value: { permissions: [READ_CALLS] } },
  });
  if (!apiKey) throw new Error("the service answered without a key");
  const { keyId, obfuscatedKey } = apiKey;
  say(`   ${obfuscatedKey}: told whole in this one answer and never again, so this demo does not print it.`);

  const ask = async (required: { resource: Resource; level: PermissionLevel }) => {
    const start = performance.now();
    const response = await service.verifyApiKey({ key, required: [required] });
    say(`   May it ${nameOf(required)}?  ${answer(response, performance.now() - start)}`);
  };

  say();
  say("2. A service is handed the key, and asks before it acts.");
  await ask(READ_CALLS);
  await ask(WRITE_CALLS);

  say();
  say("3. The operator deletes the key.");
  const { receipt } = await operator.deleteApiKey({ projectId: PROJECT, keyId });
  const waitedFor = `${receipt?.replicasAcknowledged ?? 0} replicas acknowledged, ${receipt?.replicasFenced ?? 0} fenced`;
  say(`   Deleted; ${waitedFor}. From here on no replica accepts it.`);

  say();
  say("4. The service asks again.");
  await ask(READ_CALLS);
}

try {
  await story();
} catch (error) {
  const isDown = error instanceof NotRunning || /ECONNREFUSED/.test(String(error));
  const what = error instanceof NotRunning ? error.message : `Nothing answers on ${baseUrl}.`;
  console.error(
    isDown ? `${what}\nIs the service running? Start it in another terminal: npm start` : String(error),
  );
  process.exitCode = 1;
}
