/** What is counted of real calls: the same whichever door answers Verify by gRPC. */
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { ask, openSession, type Unary, VERIFY_PATH } from "../rpc/support/unary.ts";
import { createKey, PermissionLevel, Resource, restricted } from "../support/keys.ts";
import { OPERATOR_TOKEN, PINNED_TOKEN, SERVICE_TOKEN, startService } from "../support/service.ts";
import { framed, sendHttp } from "../support/wire.ts";
import { scrape } from "./support/scrape.ts";

async function start(door: "short" | "general") {
  const service = await startService({ KEYFAST_METRICS_PORT: "0" }, door);
  onTestFinished(() => service.stop());
  const session = await openSession(service.grpcUrl);
  return {
    service,
    call: (call: Unary) => ask(session, call),
    scrape: () => scrape(service.metricsUrl),
  };
}

/** A Verify of the one field `key`. */
const asking = (key: string) => framed(Buffer.concat([Buffer.from([0x0a, key.length]), Buffer.from(key)]));
/** Of the one field `project_id`. */
const inProject = (id: string) => framed(Buffer.concat([Buffer.from([0x22, id.length]), Buffer.from(id)]));
const by = (authorization: string | undefined): Unary => ({
  headers: { authorization },
  body: [asking("x")],
});

describe.each(["short", "general"] as const)("by the %s door", (door) => {
  it("each call is counted once, by its method and by what it was told", async () => {
    const { service, call, scrape } = await start(door);
    const operator = service.grpc(OPERATOR_TOKEN);
    const access = restricted([Resource.API_KEYS, PermissionLevel.WRITE]);
    const { key, keyId } = await createKey(operator, { access });
    const calls: [string, Unary][] = [
      ["VERDICT_VALID", { body: [asking(key)] }],
      ["VERDICT_MALFORMED", { body: [asking("x")] }],
      ["CREDENTIAL_MISSING", by(undefined)],
      ["CREDENTIAL_INVALID", by("Bearer nobody")],
      ["METHOD_NOT_ALLOWED", by(`Bearer ${key}`)],
      ["PROJECT_NOT_ALLOWED", { ...by(`Bearer ${PINNED_TOKEN}`), body: [inProject("demo")] }],
      ["FIELD_INVALID", { body: [inProject("a/b")] }],
      ["MESSAGE_UNREADABLE", { body: [Buffer.alloc(3)] }],
      ["MESSAGE_UNREADABLE", { headers: { "content-type": "text/plain" }, body: [asking("x")] }],
      ["METHOD_UNKNOWN", { headers: { ":method": "PUT" }, body: [asking("x")] }],
      ["ENCODING_NOT_SUPPORTED", { headers: { "grpc-encoding": "rot13" }, body: [asking("x")] }],
      ["DEADLINE_EXCEEDED", { headers: { "grpc-timeout": "0n" }, body: [asking("x")] }],
      ["DEADLINE_EXCEEDED", { headers: { "grpc-timeout": "150m" }, body: [Buffer.alloc(3)], isOpen: true }],
    ];
    for (const [expected, unary] of calls) {
      const { verdict, reason } = await call(unary);
      expect(verdict ?? reason).toBe(expected);
    }
    for (const path of [`${VERIFY_PATH}Twice`, "/no.such.Service/VerifyApiKey", "/"]) {
      expect(await call({ headers: { ":path": path }, body: [asking("x")] })).toMatchObject({ grpc: "12" });
    }
    await service.connect(OPERATOR_TOKEN).listApiKeys({ projectId: "demo" });
    await service.grpcWeb(SERVICE_TOKEN).verifyApiKey({ key });
    await operator.deleteApiKey({ projectId: "demo", keyId });
    expect((await call({ body: [asking(key)] })).verdict).toBe("VERDICT_NOT_FOUND");
    const { of } = await scrape();
    expect(of("keyfast_calls_total")).toEqual({
      "method=VerifyApiKey,outcome=OK": 4,
      "method=VerifyApiKey,outcome=CREDENTIAL_MISSING": 1,
      "method=VerifyApiKey,outcome=CREDENTIAL_INVALID": 1,
      "method=VerifyApiKey,outcome=METHOD_NOT_ALLOWED": 1,
      "method=VerifyApiKey,outcome=PROJECT_NOT_ALLOWED": 1,
      "method=VerifyApiKey,outcome=FIELD_INVALID": 1,
      "method=VerifyApiKey,outcome=MESSAGE_UNREADABLE": 2,
      "method=VerifyApiKey,outcome=METHOD_UNKNOWN": 1,
      "method=VerifyApiKey,outcome=ENCODING_NOT_SUPPORTED": 1,
      "method=VerifyApiKey,outcome=DEADLINE_EXCEEDED": 2,
      "method=CreateApiKey,outcome=OK": 1,
      "method=ListApiKeys,outcome=OK": 1,
      "method=DeleteApiKey,outcome=OK": 1,
      "method=unknown,outcome=METHOD_UNKNOWN": 3,
    });
    expect(of("keyfast_verdicts_total")).toEqual({
      "verdict=VALID": 2,
      "verdict=MALFORMED": 1,
      "verdict=NOT_FOUND": 1,
    });
    expect(of("keyfast_call_duration_seconds_count")).toEqual({
      "method=VerifyApiKey": 15,
      "method=CreateApiKey": 1,
      "method=ListApiKeys": 1,
      "method=DeleteApiKey": 1,
      "method=unknown": 3,
    });
    expect(of("keyfast_lease_good")).toEqual({ "": 1 });
    expect(of("keyfast_deletions_applied_total")).toEqual({ "": 1 });
    expect(of("keyfast_delete_wait_seconds_count")).toEqual({ "": 1 });
    expect(of("keyfast_replicas_fenced_total")).toEqual({});
  });

  it("nothing secret, and no id, is told of the calls that were counted", async () => {
    const { service, call, scrape } = await start(door);
    const operator = service.grpc(OPERATOR_TOKEN);
    const { key, keyId } = await createKey(operator, { projectId: "hidden-project", displayName: "hidden" });
    await call({ body: [asking(key)] });
    await call({ ...by(`Bearer ${key}`), body: [asking(key)] });
    await call({ headers: { ":path": `/${key}` }, body: [asking(key)] });
    await call({ headers: { ":path": `${VERIFY_PATH}${key}`, "user-agent": key }, body: [asking(key)] });
    await operator.deleteApiKey({ projectId: "hidden-project", keyId });
    const { text, of } = await scrape();
    expect(of("keyfast_calls_total")["method=unknown,outcome=METHOD_UNKNOWN"]).toBe(2);
    expect(service.secrets.findIn(key)).not.toEqual([]);
    expect(service.secrets.findIn(text)).toEqual([]);
    for (const id of [keyId, "hidden", "operator", service.config.database]) expect(text).not.toContain(id);
  });

  it("an HTTP request for something that is no method is counted as unknown", async () => {
    const { service, scrape } = await start(door);
    const headers = { host: "localhost", "content-type": "application/json" };
    const { status } = await sendHttp(service.httpUrl, { path: "/keyfast.v1.Other/Do", headers, body: "{}" });
    expect(status).toBe(404);
    expect((await scrape()).of("keyfast_calls_total")).toEqual({
      "method=unknown,outcome=METHOD_UNKNOWN": 1,
    });
  });
});

it("a call that goes from the short door to the general one is timed from its headers on", async () => {
  const { service, call, scrape } = await start("short");
  const whole = asking("x");
  const body = [whole.subarray(0, 3), whole.subarray(3)];
  const isHandedOver = () => expect(service.generalDoor).toEqual([VERIFY_PATH]);
  // The short path waits for a tenth of a second; the general door has the rest as soon as it has the call.
  const pause = () => vi.waitFor(isHandedOver, { timeout: 20_000, interval: 1 });
  expect((await call({ body, pause })).verdict).toBe("VERDICT_MALFORMED");
  const [seconds = 0] = Object.values((await scrape()).of("keyfast_call_duration_seconds_sum"));
  expect(seconds).toBeGreaterThanOrEqual(0.1);
});
