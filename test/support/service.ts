/** The real service on real sockets, in this process, with a client for each protocol. */
import { randomBytes } from "node:crypto";
import { type Client, createClient, type Interceptor, type Transport } from "@connectrpc/connect";
import {
  createConnectTransport,
  createGrpcTransport,
  createGrpcWebTransport,
} from "@connectrpc/connect-node";
import { MongoClient } from "mongodb";
import { expect, inject } from "vitest";
import type { CreateApiKeyResponse } from "../../gen/keyfast/v1/api_key_service_pb.ts";
import { ApiKeyService } from "../../gen/keyfast/v1/api_key_service_pb.ts";
import { startApp } from "../../src/app.ts";
import { type AppConfig, loadConfig } from "../../src/config.ts";
import { createLog } from "../../src/log.ts";
import { dump, Secrets } from "./secrets.ts";

export type ApiKeyClient = Client<typeof ApiKeyService>;

export const OPERATOR_TOKEN = `operator-${randomBytes(24).toString("hex")}`;
export const SERVICE_TOKEN = `service-${randomBytes(24).toString("hex")}`;
/** Of a service that is pinned to `PINNED_PROJECT` and to production. */
export const PINNED_TOKEN = `pinned-${randomBytes(24).toString("hex")}`;
export const PINNED_PROJECT = "pinned-project";
const PEPPER_BYTES = randomBytes(32);
export const PEPPER = `test:${PEPPER_BYTES.toString("base64")}`;

const SERVICES = JSON.stringify([
  { name: "any", token: SERVICE_TOKEN },
  { name: "pinned", token: PINNED_TOKEN, projects: [PINNED_PROJECT], environments: ["production"] },
]);

export const newDatabase = () => `test_${randomBytes(8).toString("hex")}`;

/** The environment of a service that is configured for tests. */
export function testEnvironment(overrides: Record<string, string> = {}): Record<string, string> {
  return {
    KEYFAST_HTTP_PORT: "0",
    KEYFAST_GRPC_PORT: "0",
    KEYFAST_MONGODB_URI: inject("mongodbUri"),
    KEYFAST_MONGODB_DATABASE: newDatabase(),
    KEYFAST_PEPPER: PEPPER,
    KEYFAST_OPERATOR_TOKENS: OPERATOR_TOKEN,
    KEYFAST_SERVICE_TOKENS: SERVICES,
    KEYFAST_LOG_LEVEL: "trace",
    KEYFAST_LEASE_MS: "1000",
    KEYFAST_FENCE_AFTER_MS: "500",
    ...overrides,
  };
}

export const testConfig = (overrides: Record<string, string> = {}) =>
  loadConfig(testEnvironment(overrides)) as AppConfig;

export const bearer =
  (token: string | undefined): Interceptor =>
  (next) =>
  (request) => {
    if (token !== undefined) request.header.set("authorization", `Bearer ${token}`);
    return next(request);
  };

/** What all tests of a run know of secrets: what they were configured with. */
function knownSecrets(): Secrets {
  const secrets = new Secrets();
  secrets.add(OPERATOR_TOKEN, SERVICE_TOKEN, PINNED_TOKEN);
  secrets.add(PEPPER_BYTES.toString("base64"), PEPPER_BYTES.toString("hex"), PEPPER_BYTES.toString("latin1"));
  return secrets;
}

/** Remembers each key that is made, and each JWT that is used. */
const remembering =
  (secrets: Secrets, token: string | undefined): Interceptor =>
  (next) =>
  async (request) => {
    if (token?.startsWith("eyJ")) secrets.add(token);
    const answer = await next(request);
    const { key } = answer.message as Partial<CreateApiKeyResponse>;
    if (request.method.name === "CreateApiKey" && key) secrets.add(key);
    return answer;
  };

/** The door that answers Verify by gRPC: the short path, unless the run is for the general one (`npm run test:general`). */
export const TESTED_DOOR = process.env.KEYFAST_TEST_DOOR === "general" ? "general" : "short";

/**
 * Starts the service. When it is stopped, everything that it logged and all that is in its database is searched for
 * every key that it made and every credential that was used.
 */
export async function startService(
  overrides: Record<string, string> = {},
  door: "short" | "general" = TESTED_DOOR,
) {
  const config = testConfig(overrides);
  const logged: string[] = [];
  const secrets = knownSecrets();
  const log = createLog(config.logLevel, { write: (line) => void logged.push(line) });
  const generalDoor: string[] = [];
  const app = await startApp(config, log, {
    withoutShortPath: door === "general",
    onGeneralDoor: (path) => void generalDoor.push(path),
  });
  const clientOf = (transport: (interceptors: Interceptor[]) => Transport) => (token?: string) =>
    createClient(ApiKeyService, transport([bearer(token), remembering(secrets, token)]));
  const mongo = new MongoClient(config.mongodbUri, { serverSelectionTimeoutMS: 30_000 });
  const db = mongo.db(config.database);
  return {
    ...app,
    config,
    /** Everything that was logged, a line each. */
    logged,
    /** The path of each request that came to the general door of the gRPC port. */
    generalDoor,
    secrets,
    db,
    grpc: clientOf((interceptors) => createGrpcTransport({ baseUrl: app.grpcUrl, interceptors })),
    grpcWeb: clientOf((interceptors) =>
      createGrpcWebTransport({ baseUrl: app.httpUrl, httpVersion: "1.1", interceptors }),
    ),
    connect: clientOf((interceptors) =>
      createConnectTransport({ baseUrl: app.httpUrl, httpVersion: "1.1", interceptors }),
    ),
    /** Stops the service and keeps its database, for other replicas on it. */
    async leave() {
      await app.stop();
      await mongo.close();
    },
    async stop() {
      await app.stop();
      expect(secrets.findIn(logged.join("\n")), "secrets in the log").toEqual([]);
      expect(secrets.findIn(await dump(db)), "secrets in the database").toEqual([]);
      await db.dropDatabase();
      await mongo.close();
    },
  };
}

export type TestService = Awaited<ReturnType<typeof startService>>;
