import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Access, restrictedTo, UNRESTRICTED } from "../../src/domain/access.ts";
import {
  type DigestedRecord,
  digestsMatch,
  keyDigest,
  type Pepper,
  pepperCheck,
} from "../../src/domain/digest.ts";
import { seedOf } from "../support/random.ts";

seedOf("digest");

const PEPPER: Pepper = { id: "p1", secret: Buffer.alloc(32, 1) };
const KEY = "kf_prod_a key's text";
const RECORD: DigestedRecord = {
  keyId: "0123456789ABCDEF",
  projectId: "demo",
  environment: 3,
  access: restrictedTo([{ resource: 1, level: 2 }]),
  createTime: new Date(1_700_000_000_000),
  creator: "operator",
  expireTime: new Date(1_800_000_000_000),
};
/** Computed by another implementation, in Python. */
const FROZEN_DIGEST = "3d6658b82f2a63330f57091eeb3ff37a91fa214e1c0bc322ea15ea07b270d81b";
const FROZEN_CHECK = "01b8340d8129c3e03f298923ede56fa9fe783f5abd5d5aca64509276e621abd5";
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");

describe("a key's digest", () => {
  it("is the one that releases before this one have stored", () => {
    expect(hex(keyDigest(PEPPER, KEY, RECORD))).toBe(FROZEN_DIGEST);
    expect(hex(pepperCheck(PEPPER))).toBe(FROZEN_CHECK);
  });

  it.each([
    ["key id", { keyId: "0123456789ABCDEG" }],
    ["project", { projectId: "other" }],
    ["environment", { environment: 2 }],
    ["access, widened", { access: UNRESTRICTED }],
    ["access, another level", { access: restrictedTo([{ resource: 1, level: 3 }]) }],
    ["access, another resource", { access: restrictedTo([{ resource: 2, level: 2 }]) }],
    ["access, taken away", { access: restrictedTo([]) }],
    ["creation time", { createTime: new Date(1_700_000_000_001) }],
    ["creator", { creator: "user:ada" }],
    ["expiry, later", { expireTime: new Date(1_800_000_000_001) }],
    ["expiry, taken away", { expireTime: undefined }],
  ] as [string, Partial<DigestedRecord>][])("is another for another %s", (_, change) => {
    expect(hex(keyDigest(PEPPER, KEY, { ...RECORD, ...change }))).not.toBe(
      hex(keyDigest(PEPPER, KEY, RECORD)),
    );
  });

  it("is another for another text of the key and under another pepper", () => {
    const own = hex(keyDigest(PEPPER, KEY, RECORD));
    expect(hex(keyDigest(PEPPER, `${KEY}.`, RECORD))).not.toBe(own);
    expect(hex(keyDigest({ id: "p1", secret: Buffer.alloc(32, 2) }, KEY, RECORD))).not.toBe(own);
  });

  it("is the same for two records exactly where they are the same", () => {
    // Values that run into one another where a text is put together carelessly.
    const tricky = fc.constantFrom(
      "",
      "a",
      '"',
      '","',
      "a,b",
      "null",
      "[",
      "]]",
      "\\",
      "unrestricted",
      "\u2028",
    );
    const access: fc.Arbitrary<Access> = fc.constantFrom(
      UNRESTRICTED,
      restrictedTo([]),
      restrictedTo([{ resource: 1, level: 2 }]),
      restrictedTo([{ resource: 12, level: 2 }]),
    );
    const record = fc.record({
      keyId: tricky,
      projectId: tricky,
      environment: fc.constantFrom(1, 2, 3),
      access,
      createTime: fc.constantFrom(new Date(0), new Date(1)),
      creator: tricky,
      expireTime: fc.constantFrom(undefined, new Date(0), new Date(1)),
    });
    fc.assert(
      fc.property(tricky, record, tricky, record, (textA, a, textB, b) => {
        const same = JSON.stringify([textA, a]) === JSON.stringify([textB, b]);
        expect(digestsMatch(keyDigest(PEPPER, textA, a), keyDigest(PEPPER, textB, b))).toBe(same);
      }),
      { numRuns: 2_000 },
    );
  });
});

describe("two digests", () => {
  it.each([
    ["are the same", Buffer.from([1, 2]), Buffer.from([1, 2]), true],
    ["differ in a byte", Buffer.from([1, 2]), Buffer.from([1, 3]), false],
    ["differ in length", Buffer.from([1, 2]), Buffer.from([1, 2, 0]), false],
  ])("that %s: %s", (_, a, b, expected) => {
    expect(digestsMatch(a, b)).toBe(expected);
  });
});

describe("a pepper's check value", () => {
  it("differs with its secret and with its id, and is not the secret", () => {
    const own = hex(pepperCheck(PEPPER));
    expect(hex(pepperCheck({ ...PEPPER, id: "p2" }))).not.toBe(own);
    expect(hex(pepperCheck({ ...PEPPER, secret: Buffer.alloc(32, 2) }))).not.toBe(own);
    expect(own).not.toBe(hex(PEPPER.secret));
  });
});
