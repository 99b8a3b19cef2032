import { Code, createClient, type Transport } from "@connectrpc/connect";
import { createConnectTransport, createGrpcTransport } from "@connectrpc/connect-node";
import { MongoClient } from "mongodb";
import { describe, expect, inject, it, onTestFinished } from "vitest";
import { ApiKeyService } from "../../gen/keyfast/v1/api_key_service_pb.ts";
import { type App, startApp } from "../../src/app.ts";
import { createLog } from "../../src/log.ts";
import type { Acknowledgements } from "../../src/verify/revoke.ts";
import { expectError } from "../support/errors.ts";
import { bearer, OPERATOR_TOKEN, testConfig } from "../support/service.ts";

/** A service on which a Delete waits until the test lets it go. */
async function startHolding(settings: Record<string, string>) {
  const { promise: waiting, resolve: reached } = Promise.withResolvers<void>();
  const { promise: released, resolve: release } = Promise.withResolvers<Acknowledgements>();
  const barrier = () => {
    reached();
    return released;
  };
  const config = testConfig(settings);
  const app = await startApp(config, createLog("silent"), { barrier });
  onTestFinished(async () => {
    release({ acknowledged: 0, fenced: 0 });
    await app.stop();
    const client = new MongoClient(inject("mongodbUri"));
    await client.db(config.database).dropDatabase();
    await client.close();
  });
  return { app, waiting, release: () => release({ acknowledged: 1, fenced: 0 }) };
}

const interceptors = [bearer(OPERATOR_TOKEN)];
const doors: readonly [string, (app: App) => Transport][] = [
  ["gRPC over HTTP/2", ({ grpcUrl }) => createGrpcTransport({ baseUrl: grpcUrl, interceptors })],
  [
    "Connect over HTTP/1.1",
    ({ httpUrl }) => createConnectTransport({ baseUrl: httpUrl, httpVersion: "1.1", interceptors }),
  ],
];

const KEY = { projectId: "p", keyId: "0".repeat(16) };

describe.each(doors)("stopping while a call by %s is under way", (_, transportTo) => {
  it("gives it the time to end with its own answer", async () => {
    const { app, waiting, release } = await startHolding({ KEYFAST_SHUTDOWN_TIMEOUT_MS: "600000" });
    const call = createClient(ApiKeyService, transportTo(app)).deleteApiKey(KEY);
    await waiting;
    const stopped = app.stop();
    release();
    await expectError(call, Code.NotFound, "KEY_NOT_FOUND");
    await stopped;
  });

  it("after the limit answers it with UNAVAILABLE, not with a broken connection", async () => {
    const { app, waiting } = await startHolding({ KEYFAST_SHUTDOWN_TIMEOUT_MS: "1" });
    const call = createClient(ApiKeyService, transportTo(app)).deleteApiKey(KEY);
    await waiting;
    const stopped = app.stop();
    await expectError(call, Code.Unavailable, "SHUTTING_DOWN");
    await stopped;
  });

  it("takes no new call once it has stopped", async () => {
    const { app } = await startHolding({});
    await app.stop();
    const call = createClient(ApiKeyService, transportTo(app)).listApiKeys({ projectId: "p" });
    await expect(call).rejects.toMatchObject({ code: 14, message: expect.stringContaining("ECONNREFUSED") });
  });
});
