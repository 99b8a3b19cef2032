/** The real service on real sockets, in this process, with a client for each protocol. */
import { randomBytes } from "node:crypto";
import { type Client, createClient, type Interceptor, type Transport } from "@connectrpc/connect";
import { createConnectTransport, createGrpcTransport } from "@connectrpc/connect-node";
import { MongoClient } from "mongodb";
import { inject } from "vitest";
import { ApiKeyService } from "../../gen/keyfast/v1/api_key_service_pb.ts";
import { type AppConfig, startApp } from "../../src/app.ts";
import { loadConfig } from "../../src/config.ts";
import { createLog } from "../../src/log.ts";

export type ApiKeyClient = Client<typeof ApiKeyService>;

export const OPERATOR_TOKEN = `operator-${randomBytes(24).toString("hex")}`;
export const SERVICE_TOKEN = `service-${randomBytes(24).toString("hex")}`;
export const PINNED_TOKEN = `pinned-${randomBytes(24).toString("hex")}`;
export const PINNED_PROJECT = "pinned-project";
export const PEPPER = `test:${randomBytes(32).toString("base64")}`;

const SERVICES = JSON.stringify([
  { name: "any", token: SERVICE_TOKEN },
  { name: "pinned", token: PINNED_TOKEN, projects: [PINNED_PROJECT], environments: ["production"] },
]);

export const newDatabase = () => `test_${randomBytes(8).toString("hex")}`;

export function testConfig(overrides: Record<string, string> = {}): AppConfig {
  return loadConfig({
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
  }) as AppConfig;
}

export const bearer =
  (token: string | undefined): Interceptor =>
  (next) =>
  (request) => {
    if (token !== undefined) request.header.set("authorization", `Bearer ${token}`);
    return next(request);
  };

export async function startService(overrides: Record<string, string> = {}) {
  const config = testConfig(overrides);
  const logged: string[] = [];
  const app = await startApp(config, createLog(config.logLevel, { write: (line) => void logged.push(line) }));
  const clientOf = (transport: (interceptors: Interceptor[]) => Transport) => (token?: string) =>
    createClient(ApiKeyService, transport([bearer(token)]));
  const mongo = new MongoClient(config.mongodbUri);
  return {
    ...app,
    config,
    /** Everything that was logged, a line each. */
    logged,
    db: mongo.db(config.database),
    grpc: clientOf((interceptors) => createGrpcTransport({ baseUrl: app.grpcUrl, interceptors })),
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
      await mongo.db(config.database).dropDatabase();
      await mongo.close();
    },
  };
}

export type TestService = Awaited<ReturnType<typeof startService>>;
