import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ENVIRONMENTS } from "../../src/domain/environment.ts";
import { containsKey, looksLikeKey } from "../../src/domain/key-outline.ts";
import {
  encodeBase62,
  KEY_ID_PATTERN,
  MAX_KEY_TEXT_LENGTH,
  newKeyId,
  newKeyText,
  obfuscate,
  parseKeyText,
} from "../../src/domain/key-text.ts";
import { seedOf } from "../support/random.ts";

seedOf("key text");

const BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const prefix = fc.stringMatching(/^[a-z][a-z0-9]{1,15}$/);
const environment = fc.constantFrom(...ENVIRONMENTS);

describe("a new key", () => {
  it("has prefix, environment, id, secret and checksum, and gives its id back", () => {
    fc.assert(
      fc.property(prefix, environment, (start, { number, tag }) => {
        const id = newKeyId();
        const text = newKeyText(start, number, id);
        expect(id).toMatch(KEY_ID_PATTERN);
        expect(text.startsWith(`${start}_${tag}_${id}`)).toBe(true);
        expect(text).toHaveLength(start.length + tag.length + 2 + 16 + 43 + 6);
        expect(text.length).toBeLessThanOrEqual(MAX_KEY_TEXT_LENGTH);
        expect(parseKeyText(text)).toBe(id);
      }),
    );
  });

  it("is selected by one double-click: word characters only", () => {
    expect(newKeyText("kf", 3, newKeyId())).toMatch(/^\w+$/);
  });

  it("shares neither id nor secret with ten thousand others", () => {
    const texts = Array.from({ length: 10_000 }, () => newKeyText("kf", 1, newKeyId()));
    expect(new Set(texts.map((text) => text.slice(7, 23))).size).toBe(texts.length);
    expect(new Set(texts.map((text) => text.slice(23, 66))).size).toBe(texts.length);
  });

  it("has a form that releases before this one have, checksum included", () => {
    const body = `kf_prod_0123456789ABCDEF${"z".repeat(43)}`;
    expect(parseKeyText(`${body}0OjCIW`)).toBe("0123456789ABCDEF");
  });
});

describe("a typo", () => {
  const key = newKeyText("kf", 3, newKeyId());

  it("is told at every position, for every other character", () => {
    const strangers = [...BASE62, "_", "-", " ", "\n", "\0", "é", "０", "К"];
    const missed: string[] = [];
    for (let at = 0; at < key.length; at++) {
      for (const other of strangers) {
        const bent = key.slice(0, at) + other + key.slice(at + 1);
        if (bent !== key && parseKeyText(bent) !== undefined) missed.push(bent);
      }
    }
    expect(missed).toEqual([]);
  });

  it("is told where two neighbours have changed places", () => {
    for (let at = 0; at + 1 < key.length; at++) {
      const [a, b] = [key.charAt(at), key.charAt(at + 1)];
      const bent = key.slice(0, at) + b + a + key.slice(at + 2);
      if (a !== b) expect(parseKeyText(bent), `position ${at}`).toBeUndefined();
    }
  });

  it.each([
    ["nothing", ""],
    ["a character too few", key.slice(0, -1)],
    ["a character too many", `${key}0`],
    ["a space before", ` ${key}`],
    ["a line end behind", `${key}\n`],
    ["the key twice", key + key],
    ["capitals", key.toUpperCase()],
    ["no prefix", key.slice(3)],
    ["an environment that does not exist", key.replace("_prod_", "_test_")],
  ])("%s is no key", (_, text) => {
    expect(parseKeyText(text)).toBeUndefined();
  });

  it("no text that was not made as a key is one", () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.string({ unit: "binary" }), fc.stringMatching(/^kf_prod_[0-9A-Za-z]{65}$/)),
        (text) => {
          // A random checksum agrees once in 2^32.
          expect(parseKeyText(text)).toBeUndefined();
        },
      ),
    );
  });

  it("keeps a key's outline, so that the text can be told from a token", () => {
    expect(looksLikeKey(`${key.slice(0, -1)}${key.endsWith("0") ? "1" : "0"}`)).toBe(true);
    expect(looksLikeKey("eyJhbGciOiJFUzI1NiJ9.e30.c2ln")).toBe(false);
  });

  it("is found in whatever text stands around it, and in none that is shorter", () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (before, after) => {
        expect(containsKey(before + key + after)).toBe(true);
      }),
    );
    expect(containsKey(key.slice(0, -1))).toBe(false);
    expect(containsKey("kf_prod_… CRM_Production")).toBe(false);
  });
});

describe("base62", () => {
  it("is of fixed width and in the order of the numbers", () => {
    const number = fc.bigInt({ min: 0n, max: 2n ** 256n - 1n });
    fc.assert(
      fc.property(number, number, (a, b) => {
        const [x, y] = [encodeBase62(a, 43), encodeBase62(b, 43)];
        expect([x.length, y.length]).toEqual([43, 43]);
        expect(x < y).toBe(a < b);
        expect([...x].reduce((sum, digit) => sum * 62n + BigInt(BASE62.indexOf(digit)), 0n)).toBe(a);
      }),
    );
  });
});

describe("what is shown of a key", () => {
  it("is its start and its last four characters", () => {
    expect(obfuscate({ prefix: "kf", environment: "prod", lastFour: "x7Qz" })).toBe("kf_prod_…x7Qz");
  });
});
