import { timestampFromDate } from "@bufbuild/protobuf/wkt";
import { Code } from "@connectrpc/connect";
import { Binary } from "mongodb";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Verdict } from "../../gen/keyfast/v1/api_key_pb.ts";
import { expectError } from "../support/errors.ts";
import { createKey, Environment, PermissionLevel, Resource, restricted } from "../support/keys.ts";
import {
  type ApiKeyClient,
  OPERATOR_TOKEN,
  PINNED_PROJECT,
  PINNED_TOKEN,
  SERVICE_TOKEN,
  startService,
  type TestService,
} from "../support/service.ts";

let service: TestService;
let operator: ApiKeyClient;
let caller: ApiKeyClient;
beforeAll(async () => {
  service = await startService();
  operator = service.grpc(OPERATOR_TOKEN);
  caller = service.grpc(SERVICE_TOKEN);
});
afterAll(() => service.stop());

const verdictOf = async (key: string, question = {}) =>
  (await caller.verifyApiKey({ key, ...question })).verdict;
const read = (resource: Resource) => ({ resource, level: PermissionLevel.READ });
const write = (resource: Resource) => ({ resource, level: PermissionLevel.WRITE });
const reader = restricted([Resource.CALLS, PermissionLevel.READ], [Resource.TOOLS, PermissionLevel.WRITE]);

describe("a good key", () => {
  it("is VALID for what it may do, and whose it is is told", async () => {
    const { key, keyId } = await createKey(operator, { access: reader });
    const required = [read(Resource.CALLS), read(Resource.TOOLS), write(Resource.TOOLS)];
    const answer = await caller.verifyApiKey({
      key,
      required,
      environment: Environment.PRODUCTION,
      projectId: "demo",
    });
    expect(answer.verdict).toBe(Verdict.VALID);
    expect(answer.identity?.keyId).toBe(keyId);
    expect(answer.missing).toEqual([]);
  });

  it("lacks what it was not given, and all that it lacks is told in order", async () => {
    const { key } = await createKey(operator, { access: reader });
    const required = [write(Resource.CALLS), read(Resource.TOOLS), read(Resource.BILLING)];
    const answer = await caller.verifyApiKey({ key, required });
    expect(answer.verdict).toBe(Verdict.INSUFFICIENT_PERMISSIONS);
    expect(answer.missing.map((p) => p.resource)).toEqual([Resource.CALLS, Resource.BILLING]);
  });

  it("without restriction may do everything", async () => {
    const { key } = await createKey(operator);
    const required = Object.values(Resource).filter((n) => typeof n === "number" && n > 0);
    expect(await verdictOf(key, { required: required.map((r) => write(r as Resource)) })).toBe(Verdict.VALID);
  });
});

describe("the first reason in order is told", () => {
  it.each([
    [
      { projectId: "other", environment: Environment.STAGING, required: [write(Resource.CALLS)] },
      Verdict.WRONG_PROJECT,
    ],
    [{ environment: Environment.STAGING, required: [write(Resource.CALLS)] }, Verdict.WRONG_ENVIRONMENT],
    [{ required: [write(Resource.CALLS)] }, Verdict.INSUFFICIENT_PERMISSIONS],
  ] as const)("%j", async (question, verdict) => {
    const { key } = await createKey(operator, { access: reader });
    const answer = await caller.verifyApiKey({ key, ...question, required: [...question.required] });
    expect(answer.verdict).toBe(verdict);
    expect(answer.identity?.projectId).toBe("demo");
  });

  it("an expired key is EXPIRED before anything else, and stays listed", async () => {
    const expireTime = timestampFromDate(new Date(Date.now() + 400));
    const { key, keyId } = await createKey(operator, { projectId: "expiring", expireTime });
    await expect.poll(() => verdictOf(key, { projectId: "other" })).toBe(Verdict.EXPIRED);
    const { apiKeys } = await operator.listApiKeys({ projectId: "expiring" });
    expect(apiKeys.map((k) => k.keyId)).toEqual([keyId]);
  });
});

describe("what is no key", () => {
  it("is MALFORMED with one character changed at any position, or NOT_FOUND where the checksum agrees", async () => {
    const { key } = await createKey(operator);
    for (let at = 0; at < key.length; at++) {
      const bent = key.slice(0, at) + (key[at] === "a" ? "b" : "a") + key.slice(at + 1);
      const answer = await caller.verifyApiKey({ key: bent });
      expect(answer.verdict, `position ${at}`).toBe(Verdict.MALFORMED);
      expect(answer.identity).toBeUndefined();
    }
  });

  it.each(["", " ", "kf_prod_", "x".repeat(10_000), "kf_prod_\u0000", "💥", "null"])(
    "%j is MALFORMED",
    async (text) => {
      expect(await verdictOf(text)).toBe(Verdict.MALFORMED);
    },
  );

  it("with a right id and a wrong secret is NOT_FOUND, and nothing is told", async () => {
    const { key } = await createKey(operator);
    const { newKeyText } = await import("../../src/domain/key-text.ts");
    const forged = newKeyText("kf", 3, key.slice(8, 24));
    const answer = await caller.verifyApiKey({ key: forged });
    expect(answer.verdict).toBe(Verdict.NOT_FOUND);
    expect(answer.identity).toBeUndefined();
  });
});

describe("whoever can write to the database, but has no pepper,", () => {
  it.each([
    ["widen its access", { permissions: null }],
    ["move it to another project", { project_id: "theirs" }],
    ["move it to another environment", { environment: 1 }],
    ["make it last longer", { expire_time: new Date(Date.now() + 9e9) }],
    ["forge its digest", { digest: new Binary(Buffer.alloc(32)) }],
    ["name another pepper", { pepper_id: "other" }],
  ])("cannot %s", async (_, change) => {
    const expireTime = timestampFromDate(new Date(Date.now() + 60_000));
    const { key, keyId } = await createKey(operator, { access: reader, expireTime });
    expect(await verdictOf(key)).toBe(Verdict.VALID);
    await service.db.collection("keys").updateOne({ _id: keyId as never }, { $set: change });
    await expect.poll(() => verdictOf(key)).toBe(Verdict.NOT_FOUND);
  });
});

describe("a pinned service", () => {
  it("is answered for its project and environment only", async () => {
    const pinned = service.grpc(PINNED_TOKEN);
    const own = await createKey(operator, { projectId: PINNED_PROJECT });
    const staging = await createKey(operator, {
      projectId: PINNED_PROJECT,
      environment: Environment.STAGING,
    });
    const foreign = await createKey(operator);
    expect((await pinned.verifyApiKey({ key: own.key })).verdict).toBe(Verdict.VALID);
    expect((await pinned.verifyApiKey({ key: staging.key })).verdict).toBe(Verdict.WRONG_ENVIRONMENT);
    expect((await pinned.verifyApiKey({ key: foreign.key })).verdict).toBe(Verdict.WRONG_PROJECT);
    const call = pinned.verifyApiKey({ key: own.key, projectId: "demo" });
    await expectError(call, Code.PermissionDenied, "PROJECT_NOT_ALLOWED");
  });
});

describe("Delete", () => {
  it("makes the key NOT_FOUND at once, also as a credential, and a second Delete NOT_FOUND", async () => {
    const { key, keyId } = await createKey(operator);
    expect(await verdictOf(key)).toBe(Verdict.VALID);
    const { receipt } = await operator.deleteApiKey({ projectId: "demo", keyId });
    expect(await verdictOf(key)).toBe(Verdict.NOT_FOUND);
    expect(Math.abs(Number(receipt?.revokeTime?.seconds) * 1_000 - Date.now())).toBeLessThan(60_000);
    const list = service.grpc(key).listApiKeys({ projectId: "demo" });
    await expectError(list, Code.Unauthenticated, "CREDENTIAL_INVALID");
    await expectError(operator.deleteApiKey({ projectId: "demo", keyId }), Code.NotFound, "KEY_NOT_FOUND");
    await expectError(operator.getApiKey({ projectId: "demo", keyId }), Code.NotFound, "KEY_NOT_FOUND");
  });

  it("of another project's key is NOT_FOUND and leaves the key alone", async () => {
    const { key, keyId } = await createKey(operator);
    await expectError(operator.deleteApiKey({ projectId: "other", keyId }), Code.NotFound, "KEY_NOT_FOUND");
    expect(await verdictOf(key)).toBe(Verdict.VALID);
  });

  it("may be called by a key on itself", async () => {
    const { key, keyId } = await createKey(operator);
    await service.grpc(key).deleteApiKey({ projectId: "demo", keyId });
    expect(await verdictOf(key)).toBe(Verdict.NOT_FOUND);
  });

  it("and Create leave an audit event each, with who did it", async () => {
    const { keyId } = await createKey(operator, { projectId: "audited" });
    await operator.deleteApiKey({ projectId: "audited", keyId });
    const events = await service.db
      .collection("audit_events")
      .find({ key_id: keyId })
      .sort({ time: 1 })
      .toArray();
    expect(events.map((e) => [e.action, e.actor])).toEqual([
      ["create", "operator"],
      ["delete", "operator"],
    ]);
  });
});
