import { describe, expect, it } from "vitest";
import { type Access, restrictedTo, UNRESTRICTED } from "../../src/domain/access.ts";
import { digestsMatch, keyDigest, type Pepper } from "../../src/domain/digest.ts";
import { KeyfastError } from "../../src/domain/errors.ts";
import { isExpired } from "../../src/domain/key.ts";
import { parseKeyText } from "../../src/domain/key-text.ts";
import { type KeyWish, makeKey, requireWithin } from "../../src/domain/new-key.ts";

const PEPPER: Pepper = { id: "p1", secret: Buffer.alloc(32, 1) };
const SOON = new Date(Date.now() + 60_000);
const LATER = new Date(SOON.getTime() + 1);
const WISH: KeyWish = {
  projectId: "demo",
  displayName: "A key",
  access: restrictedTo([{ resource: 18, level: 3 }]),
  environment: 3,
  expireTime: SOON,
};

describe("a new key", () => {
  const { record, text } = makeKey(WISH, "operator", "kf", PEPPER);

  it("is what was wished for", () => {
    expect(record).toMatchObject({ ...WISH, creator: "operator", keyId: parseKeyText(text) });
  });

  it("is kept by a digest that its text makes, and shown by its last four characters", () => {
    expect(digestsMatch(record.digest, keyDigest(PEPPER, text, record))).toBe(true);
    expect(record.obfuscatedKey).toBe(`kf_prod_…${text.slice(-4)}`);
  });

  it("does not carry its text", () => {
    const kept = JSON.stringify({ ...record, digest: Buffer.from(record.digest).toString("latin1") });
    expect(kept).not.toContain(text.slice(24, 40));
  });
});

describe("a key made by a key", () => {
  const parent = makeKey(WISH, "operator", "kf", PEPPER).record;
  const exceeded = (wish: Partial<KeyWish>) => {
    try {
      requireWithin({ ...WISH, ...wish }, parent);
      return "";
    } catch (error) {
      if (error instanceof KeyfastError && error.reason === "KEY_EXCEEDS_CALLER")
        return error.metadata.exceeded;
      throw error;
    }
  };
  const write = (resource: number): Access => restrictedTo([{ resource, level: 3 }]);

  it.each([
    ["all that its parent has", {}, ""],
    ["nothing", { access: restrictedTo([]) }, ""],
    ["an earlier end", { expireTime: new Date(SOON.getTime() - 1) }, ""],
    ["a later end", { expireTime: LATER }, "expire_time"],
    ["no end", { expireTime: undefined }, "expire_time"],
    ["another environment", { environment: 1 }, "environment"],
    ["another resource", { access: write(1) }, "access"],
    ["everything", { access: UNRESTRICTED }, "access"],
    [
      "all of these",
      { access: UNRESTRICTED, environment: 2, expireTime: LATER },
      "environment,access,expire_time",
    ],
  ] as [string, Partial<KeyWish>, string][])("with %s exceeds it in %j: %j", (_, wish, expected) => {
    expect(exceeded(wish)).toBe(expected);
  });
});

describe("an expiry", () => {
  it.each([
    ["to come", SOON, SOON.getTime() - 1, false],
    ["that is now", SOON, SOON.getTime(), true],
    ["past", SOON, SOON.getTime() + 1, true],
    ["that was never set", undefined, Number.MAX_SAFE_INTEGER, false],
  ])("%s: %s at %i is %s", (_, expireTime, now, expected) => {
    expect(isExpired({ expireTime }, now)).toBe(expected);
  });
});
