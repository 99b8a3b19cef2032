import { randomUUID } from "node:crypto";
import { timestampFromDate } from "@bufbuild/protobuf/wkt";
import { Code } from "@connectrpc/connect";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Verdict } from "../../gen/keyfast/v1/api_key_pb.ts";
import { newKeyId, newKeyText } from "../../src/domain/key-text.ts";
import { expectError, fieldsOf, metadataOf } from "../support/errors.ts";
import {
  aWish,
  createKey,
  Environment,
  PermissionLevel,
  Resource,
  restricted,
  unrestricted,
  type Wish,
} from "../support/keys.ts";
import { OPERATOR_TOKEN, startService, type TestService } from "../support/service.ts";

let service: TestService;
beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.stop());
const operator = () => service.grpc(OPERATOR_TOKEN);

describe("the secret", () => {
  it("is in the answer to Create, and neither in Get, List, the database nor the log", async () => {
    const { key, keyId } = await createKey(operator(), { displayName: "Once" });
    expect(key).toMatch(/^kf_prod_[0-9A-Za-z]{65}$/);
    const secret = key.slice("kf_prod_".length + 16, -4);
    const got = await operator().getApiKey({ projectId: "demo", keyId });
    const listed = await operator().listApiKeys({ projectId: "demo" });
    const stored = [];
    for (const { name } of await service.db.listCollections().toArray()) {
      stored.push(...(await service.db.collection(name).find().toArray()));
    }
    const told = JSON.stringify([got, listed, stored, service.logged], (_, v) =>
      typeof v === "bigint" ? `${v}` : v,
    );
    expect(stored.length).toBeGreaterThan(0);
    expect(told).not.toContain(secret.slice(0, 12));
    expect(got.apiKey?.obfuscatedKey).toBe(`kf_prod_…${key.slice(-4)}`);
  });
});

const A_KEY = newKeyText("kf", Environment.PRODUCTION, newKeyId());

describe("a complete key as the name", () => {
  it.each(["grpc", "connect"] as const)("is refused over %s, and is not told again", async (door) => {
    const call = service[door](OPERATOR_TOKEN).createApiKey(aWish({ displayName: A_KEY }));
    const error = await expectError(call, Code.InvalidArgument, "FIELD_INVALID");
    expect(fieldsOf(error)).toEqual(["display_name"]);
    const told = [error.message, JSON.stringify(error.details), ...service.logged].join("\n");
    expect(told).not.toContain(A_KEY);
  });
});

describe("what must be said", () => {
  it.each([
    ["neither unrestricted nor restricted", { access: { case: undefined } }, "access"],
    ["no environment", { environment: Environment.UNSPECIFIED }, "environment"],
    ["an unknown environment", { environment: 9 as Environment }, "environment"],
    ["no name", { displayName: "" }, "display_name"],
    ["a name of spaces", { displayName: " \t " }, "display_name"],
    ["a name of 101 code points", { displayName: "😀".repeat(101) }, "display_name"],
    ["a name with a control character", { displayName: "a\u0007b" }, "display_name"],
    ["a name with a line separator", { displayName: "a\u2028b" }, "display_name"],
    ["a name that turns the reading direction", { displayName: "a\u202eb" }, "display_name"],
    ["a name with a complete key in it", { displayName: `Bearer ${A_KEY}` }, "display_name"],
    ["a project id with a slash", { projectId: "a/b" }, "project_id"],
    ["an expiry in the past", { expireTime: timestampFromDate(new Date(Date.now() - 1_000)) }, "expire_time"],
    ["an expiry beyond the calendar", { expireTime: { seconds: 999_999_999_999n, nanos: 0 } }, "expire_time"],
    ["a request id that is no UUID", { requestId: "again" }, "request_id"],
    [
      "a resource twice",
      { access: restricted([Resource.CALLS, PermissionLevel.READ], [Resource.CALLS, PermissionLevel.WRITE]) },
      "restricted.permissions",
    ],
    [
      "an unknown resource",
      { access: restricted([99 as Resource, PermissionLevel.READ]) },
      "restricted.permissions[0].resource",
    ],
    [
      "an unknown level",
      { access: restricted([Resource.CALLS, 7 as PermissionLevel]) },
      "restricted.permissions[0].level",
    ],
  ] as const)("%s is INVALID_ARGUMENT at its field", async (_, wish, field) => {
    const error = await expectError(
      operator().createApiKey(aWish(wish)),
      Code.InvalidArgument,
      "FIELD_INVALID",
    );
    expect(fieldsOf(error)).toEqual([field]);
  });

  it("a name is trimmed and may have 100 code points", async () => {
    const { apiKey } = await createKey(operator(), { displayName: `  ${"😀".repeat(100)}\n` });
    expect(apiKey.displayName).toBe("😀".repeat(100));
  });

  it("a restricted key with no entries may do nothing", async () => {
    const { key } = await createKey(operator(), { access: restricted() });
    const required = [{ resource: Resource.CALLS, level: PermissionLevel.READ }];
    const { verdict } = await operator().verifyApiKey({ key, required });
    expect(verdict).toBe(Verdict.INSUFFICIENT_PERMISSIONS);
  });
});

describe("a retry with the same request id", () => {
  it("answers the same key without its secret", async () => {
    const wish = aWish({ requestId: randomUUID(), displayName: "Retried" });
    const first = await operator().createApiKey(wish);
    const second = await operator().createApiKey({ ...wish, displayName: " Retried " });
    expect(second.key).toBe("");
    expect(second.apiKey).toEqual(first.apiKey);
  });

  it("makes one key when ten are sent at once", async () => {
    const wish = aWish({ projectId: "race", requestId: randomUUID() });
    const answers = await Promise.all(Array.from({ length: 10 }, () => operator().createApiKey(wish)));
    expect(answers.filter((a) => a.key !== "")).toHaveLength(1);
    expect(new Set(answers.map((a) => a.apiKey?.keyId)).size).toBe(1);
    expect((await operator().listApiKeys({ projectId: "race" })).totalSize).toBe(1);
  });

  it.each([
    ["name", { displayName: "Other" }],
    ["environment", { environment: Environment.STAGING }],
    ["access", { access: restricted() }],
  ] as [string, Wish][])("with another %s is ALREADY_EXISTS", async (_, change) => {
    const requestId = randomUUID();
    await operator().createApiKey(aWish({ requestId }));
    const other = aWish({ requestId, ...change });
    await expectError(operator().createApiKey(other), Code.AlreadyExists, "REQUEST_ID_REUSED");
  });

  it("after that key was deleted is ALREADY_EXISTS", async () => {
    const wish = aWish({ requestId: randomUUID() });
    const { apiKey } = await operator().createApiKey(wish);
    await operator().deleteApiKey({ projectId: "demo", keyId: apiKey?.keyId ?? "" });
    await expectError(operator().createApiKey(wish), Code.AlreadyExists, "REQUEST_ID_REUSED");
  });

  it("of another project is another request", async () => {
    const wish = aWish({ requestId: randomUUID() });
    const one = await operator().createApiKey(wish);
    const two = await operator().createApiKey({ ...wish, projectId: "elsewhere" });
    expect(two.key).not.toBe("");
    expect(two.apiKey?.keyId).not.toBe(one.apiKey?.keyId);
  });
});

describe("a key that creates keys", () => {
  const soon = () => timestampFromDate(new Date(Date.now() + 60_000));
  const later = () => timestampFromDate(new Date(Date.now() + 120_000));
  const parentAccess = restricted(
    [Resource.API_KEYS, PermissionLevel.WRITE],
    [Resource.CALLS, PermissionLevel.READ],
  );

  it.each([
    ["more access", { access: unrestricted, expireTime: soon() }, "access"],
    [
      "a higher level",
      { access: restricted([Resource.CALLS, PermissionLevel.WRITE]), expireTime: soon() },
      "access",
    ],
    ["another environment", { environment: Environment.STAGING, expireTime: soon() }, "environment"],
    ["a later end", { expireTime: later() }, "expire_time"],
    ["no end", {}, "expire_time"],
    [
      "everything",
      { access: unrestricted, environment: Environment.STAGING },
      "environment,access,expire_time",
    ],
  ] as const)("may not give %s than it has", async (_, wish, exceeded) => {
    const { key } = await createKey(operator(), { access: parentAccess, expireTime: soon() });
    const call = service.grpc(key).createApiKey(aWish({ access: restricted(), ...wish }));
    const error = await expectError(call, Code.PermissionDenied, "KEY_EXCEEDS_CALLER");
    expect(metadataOf(error)).toEqual({ exceeded });
  });

  it("may give what it has, and is named as the creator", async () => {
    const parent = await createKey(operator(), { access: parentAccess });
    const child = await createKey(service.grpc(parent.key), {
      access: restricted([Resource.CALLS, PermissionLevel.READ]),
    });
    expect(child.apiKey.creator).toBe(`key:${parent.keyId}`);
  });

  it("never leaves a key behind that was created after it was deleted", async () => {
    for (let round = 0; round < 10; round++) {
      const parent = await createKey(operator(), { projectId: "heirs", access: unrestricted });
      const heirs = Array.from({ length: 4 }, () =>
        service
          .grpc(parent.key)
          .createApiKey(aWish({ projectId: "heirs" }))
          .then(
            () => "created",
            () => "refused",
          ),
      );
      await operator().deleteApiKey({ projectId: "heirs", keyId: parent.keyId });
      const after = service.grpc(parent.key).createApiKey(aWish({ projectId: "heirs" }));
      await expectError(after, Code.Unauthenticated, "CREDENTIAL_INVALID");
      await Promise.all(heirs);
      const deletion = await service.db
        .collection("audit_events")
        .findOne({ key_id: parent.keyId, action: "delete" });
      const children = await service.db.collection("audit_events").countDocuments({
        actor: `key:${parent.keyId}`,
        action: "create",
        time: { $gt: new Date(Number(deletion?.time) + 5_000) },
      });
      expect(children).toBe(0);
    }
  });
});
