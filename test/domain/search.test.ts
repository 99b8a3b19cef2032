import fc from "fast-check";
import { expect, it } from "vitest";
import { trimName } from "../../src/domain/name.ts";
import { indexName, indexQuery, type SuffixRange } from "../../src/store/search.ts";
import { seedOf } from "../support/random.ts";

seedOf("search");

it("the end of a name that unfolds as far as any can is an index key", () => {
  const { suffixes } = indexName(`${"\ufdfa".repeat(97)}zzz`);
  expect(suffixes).toContain("zzz");
  expect(suffixes.length).toBeLessThanOrEqual(1_800);
});

/** As MongoDB compares them. */
const compare = (a: string, b: string) => Buffer.compare(Buffer.from(a), Buffer.from(b));

const isIn = ({ $gte, $lt }: SuffixRange, suffix: string) =>
  compare(suffix, $gte) >= 0 && compare(suffix, $lt) < 0;

it("each range of a query holds a suffix of every name that contains it", () => {
  const units = fc.constantFrom("a", "b", "Ä", "ß", "ﬁ", "\ufdfa", "日", "😀", "\u{10ffff}");
  const parts = fc.tuple(
    fc.string({ unit: units, maxLength: 20 }),
    fc.string({ unit: units, minLength: 1, maxLength: 60 }),
    fc.string({ unit: units, maxLength: 20 }),
  );
  fc.assert(
    fc.property(parts, ([before, query, after]) => {
      const { suffixes } = indexName(`${before}${query}${after}`);
      const { ranges, isExact } = indexQuery(query) ?? { ranges: [] };
      expect(ranges.length).toBeGreaterThan(0);
      if (isExact) expect(ranges).toHaveLength(1);
      for (const range of ranges) expect(suffixes.some((suffix) => isIn(range, suffix))).toBe(true);
    }),
  );
});

it.each([1, 2, 30, 98])("a name that goes on with the highest code point, %i times, is found", (times) => {
  const { suffixes } = indexName(`ab${"\u{10ffff}".repeat(times)}`);
  const range = indexQuery("ab")?.ranges[0];
  expect(range && suffixes.some((suffix) => isIn(range, suffix))).toBe(true);
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
