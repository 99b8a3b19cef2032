import { Code, ConnectError, type UnaryRequest } from "@connectrpc/connect";
import { describe, expect, it } from "vitest";
import { ApiKeyService } from "../../gen/keyfast/v1/api_key_service_pb.ts";
import { deadlineInterceptor } from "../../src/rpc/interceptors.ts";

const LIMIT_MS = 600_000;

/** A call whose handler never ends. */
function pendingCall(signal: AbortSignal) {
  const request = { stream: false, service: ApiKeyService, method: ApiKeyService.method.getApiKey, signal };
  return deadlineInterceptor(LIMIT_MS)(() => new Promise(() => {}))(request as unknown as UnaryRequest);
}

describe("a call that is given up while its handler works", () => {
  it("by a caller that hung up is CANCELED, which nobody takes for a fault of the service", async () => {
    const connection = new AbortController();
    const call = pendingCall(connection.signal);
    connection.abort();
    await expect(call).rejects.toMatchObject({ reason: "CANCELED" });
  });

  it("before it began is CANCELED too", async () => {
    await expect(pendingCall(AbortSignal.abort())).rejects.toMatchObject({ reason: "CANCELED" });
  });

  it("for a reason that the framework states keeps that reason", async () => {
    const connection = new AbortController();
    const call = pendingCall(connection.signal);
    const reason = new ConnectError("shutting down", Code.Unavailable);
    connection.abort(reason);
    await expect(call).rejects.toBe(reason);
  });
});
