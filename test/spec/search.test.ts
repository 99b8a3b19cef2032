import { describe, expect, it } from "vitest";
import { long, protocol, spare, states, variants } from "../../spec/cases.ts";
import { readSearch } from "../../spec/search.ts";

const complete = `
State-vector 128 byte, depth reached 119, errors: 0
    48421 states, stored
`;

function violated(assertion: string): string {
  return `pan:1: assertion violated ${assertion} (at depth 52)
Warning: Search not completed
State-vector 128 byte, depth reached 52, errors: 1
     7510 states, stored
`;
}

describe("what the checker printed", () => {
  it("holds where the search came to its end without an error", () => {
    expect(readSearch(complete)).toEqual({ outcome: "holds", states: 48421, depth: 119 });
  });

  it.each(["!(returned)", " !(replica[r].loadLate)", "!(replica[r].readLate)"])(
    "breaks the promise where it was asserted and %s failed",
    (assertion) => {
      expect(readSearch(violated(assertion))).toEqual({ outcome: "breaks", states: 7510, depth: 52 });
    },
  );

  it("reaches a state where its trap was sprung", () => {
    expect(readSearch(violated("(13!=13)")).outcome).toBe("reached");
  });

  it.each([
    ["a search that ran out of memory", `Warning: Search not completed\n${complete}`],
    ["a search that was too deep", `error: max search depth too small\n${complete}`],
    [
      "a search that hashes states and may miss some",
      `Bit statespace search\n${complete}`.replace("Bit ", "Bitstate "),
    ],
    ["a search that found another kind of error", complete.replace("errors: 0", "errors: 1")],
    ["an assertion of something else", violated("(document[n].state<=4)")],
    ["an index out of bounds", violated("- invalid array index")],
    ["a search that visited nothing", complete.replace("48421", "0")],
    ["nothing at all", ""],
  ])("says nothing about the promise after %s", (_, output) => {
    expect(readSearch(output).outcome).toBe("incomplete");
  });
});

describe("the searches", () => {
  const all = [...protocol, ...long, ...variants, ...spare, ...states];

  it("have names of their own, which are also names of folders", () => {
    const names = all.map((search) => search.name);
    expect(new Set(names).size).toBe(names.length);
    for (const name of names) expect(name).toMatch(/^[A-Za-z-_]+$/);
  });

  it("expect nothing but a breach from a broken rule, of each of the first ten", () => {
    expect(variants.filter((search) => search.expected !== "breaks")).toEqual([]);
    expect(new Set(variants.map((search) => search.rule))).toEqual(
      new Set(["all", "1", "2", "3", "4", "5", "6", "7", "8", "9", "10"]),
    );
  });
});
