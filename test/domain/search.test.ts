import fc from "fast-check";
import { expect, it } from "vitest";
import { trimName } from "../../src/domain/name.ts";
import { indexName } from "../../src/store/search.ts";

it("the end of a name that unfolds as far as any can is an index key", () => {
  const { suffixes } = indexName(`${"\ufdfa".repeat(97)}zzz`);
  expect(suffixes).toContain("zzz");
  expect(suffixes.length).toBeLessThanOrEqual(1_800);
});

it.each(["\u0085", "\u2028", "\u3000", "\t", "\n"])("a name loses %j around it", (space) => {
  expect(trimName(`${space}a b${space}${space}`)).toBe("a b");
});

it("a name keeps what is no white space to Unicode, such as a byte order mark", () => {
  expect(trimName("\ufeff")).toBe("\ufeff");
});

it("a trimmed name neither starts nor ends with white space", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (name) => {
      expect(trimName(name)).not.toMatch(/^\p{White_Space}|\p{White_Space}$/u);
    }),
  );
});
