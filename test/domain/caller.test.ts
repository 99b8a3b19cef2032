import { describe, expect, it } from "vitest";
import { Environment, PermissionLevel } from "../../gen/keyfast/v1/api_key_pb.ts";
import { Resource } from "../../gen/keyfast/v1/resource_pb.ts";
import { API_KEYS_RESOURCE, NO_ACCESS, READ, UNRESTRICTED, WRITE } from "../../src/domain/access.ts";
import { type Caller, callerName } from "../../src/domain/caller.ts";
import { ENVIRONMENTS, environmentNamed, environmentTag } from "../../src/domain/environment.ts";
import { makeKey } from "../../src/domain/new-key.ts";
import { EVERYWHERE } from "../../src/domain/verdict.ts";

const wish = {
  projectId: "demo",
  displayName: "A key",
  access: UNRESTRICTED,
  environment: 1,
  expireTime: undefined,
};
const { record, text } = makeKey(wish, "operator", "kf", { id: "p", secret: Buffer.alloc(32) });

describe("a caller's name", () => {
  it.each([
    [{ kind: "operator" }, "operator"],
    [{ kind: "user", subject: "ada", projects: new Set() }, "user:ada"],
    [{ kind: "key", key: record, text }, `key:${record.keyId}`],
    [{ kind: "service", name: "gateway", pins: EVERYWHERE }, "service:gateway"],
  ] as [Caller, string][])("of %o is %s", (caller, name) => {
    expect(callerName(caller)).toBe(name);
  });
});

describe("the domain's numbers are the contract's:", () => {
  it("levels, and the resource that governs keys", () => {
    expect([NO_ACCESS, READ, WRITE]).toEqual([
      PermissionLevel.NO_ACCESS,
      PermissionLevel.READ,
      PermissionLevel.WRITE,
    ]);
    expect(API_KEYS_RESOURCE).toBe(Resource.API_KEYS);
  });

  it.each([
    [Environment.DEVELOPMENT, "development", "dev"],
    [Environment.STAGING, "staging", "stg"],
    [Environment.PRODUCTION, "production", "prod"],
  ])("environment %i is %s, %s in a key", (number, name, tag) => {
    expect(environmentNamed(name)).toBe(number);
    expect(environmentTag(number)).toBe(tag);
  });

  it("there are no other environments", () => {
    expect(ENVIRONMENTS).toHaveLength(3);
    expect(environmentNamed("test")).toBeUndefined();
    expect(() => environmentTag(0)).toThrow(RangeError);
  });
});
