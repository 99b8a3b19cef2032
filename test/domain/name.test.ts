import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { foldText, trimName } from "../../src/domain/name.ts";
import { seedOf } from "../support/random.ts";

seedOf("name");

/** Text in which case, accents and ligatures abound. */
const letter = fc.oneof(
  fc.constantFrom(..."aAéÉßẞﬁﬃİIıiſΣσςÅåÅǅÑñ​①㎏Ⅷﷺ가각क़ क़่้ŉΐ𝔸😀 .*$^"),
  fc.string({ unit: "grapheme", minLength: 1, maxLength: 1 }),
);
const text = fc.array(letter, { maxLength: 12 }).map((letters) => letters.join(""));

describe("names are found ignoring case and accents", () => {
  it.each([
    ["CREME", "crème"],
    ["creme", "cre\u0300me"],
    ["STRASSE", "straße"],
    ["strasse", "STRAẞE"],
    ["file", "ﬁle"],
    ["ISTANBUL", "İstanbul"],
    ["Ångström", "A\u030angstro\u0308m"],
    ["ΟΔΥΣΣΕΥΣ", "οδυσσευς"],
    ["ΣΟΦΟΣ", "σοφός"],
    ["VIII", "ⅷ"],
    ["kg", "㎏"],
    ["ffi", "ﬃ"],
    ["が", "か"],
    ["ｆｕｌｌ", "full"],
  ])("%s and %s are one", (a, b) => {
    expect(foldText(a)).toBe(foldText(b));
  });

  it.each([
    ["a", "b"],
    ["o", "0"],
    ["ae", "æ"],
    ["а (Cyrillic)", "a (Cyrillic)"],
    [".", "a"],
  ])("%s and %s are two", (a, b) => {
    expect(foldText(a)).not.toBe(foldText(b));
  });

  it("what is folded stays as it is when folded again", () => {
    fc.assert(
      fc.property(text, (name) => {
        expect(foldText(foldText(name))).toBe(foldText(name));
      }),
    );
  });

  it("a name contains each of its parts once both are folded", () => {
    fc.assert(
      fc.property(text, text, text, (before, part, behind) => {
        expect(foldText(before + part + behind)).toContain(foldText(part));
      }),
      { numRuns: 5_000 },
    );
  });

  it("the start of a Greek word is found, though its last letter has another form at the end of a word", () => {
    expect(foldText("Οδυσσέας")).toContain(foldText("ΟΔΥΣ"));
  });
});

describe("a name", () => {
  it.each([
    ["  both ends  ", "both ends"],
    ["\t\n lines \r\n", "lines"],
    ["\u3000wide\u00a0", "wide"],
    ["inner  space", "inner  space"],
  ])("%j is kept as %j", (given, kept) => {
    expect(trimName(given)).toBe(kept);
  });
});
