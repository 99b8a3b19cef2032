import { expect, it } from "vitest";
import { disturbanceNotes } from "../../bench/harness/disturbance.ts";
import { GOALS, judge } from "../../bench/harness/goals.ts";
import { gridStep, plot } from "../../bench/harness/plot.ts";
import {
  disturbanceLine,
  goalsTable,
  notesList,
  objections,
  profileTable,
  replaceBetween,
} from "../../bench/harness/publish.ts";
import {
  formatGoals,
  formatNumber,
  formatPart,
  judgeGoals,
  type Outcome,
} from "../../bench/harness/report.ts";
import { PARTS } from "../../bench/parts/index.ts";

const atLeast = { direction: "at least", must: 0.7, aim: 0.9 } as const;
const atMost = { direction: "at most", must: 4, aim: 2.5 } as const;

it.each([
  [atLeast, 0.9, "REACHED"],
  [atLeast, 0.89, "MUST ONLY"],
  [atLeast, 0.69, "NOT REACHED"],
  [atMost, 2.5, "REACHED"],
  [atMost, 4, "MUST ONLY"],
  [atMost, 4.01, "NOT REACHED"],
  [atLeast, Number.NaN, "NOT REACHED"],
  [atMost, Number.NaN, "NOT REACHED"],
])("by %o the figure %d is %s", (bounds, figure, judgement) => {
  expect(judge(bounds, figure)).toBe(judgement);
});

it("each goal is of a part that exists, and its aim is no less than its must", () => {
  const parts = PARTS.map(({ name }) => name);
  for (const { part, direction, must, aim } of GOALS) {
    expect(parts).toContain(part);
    expect(direction === "at least" ? aim >= must : aim <= must).toBe(true);
  }
});

it("a goal is judged by the median of its repeats, and says why it has no figure", () => {
  const outcomes = new Map<string, Outcome>([
    ["delete", { figures: [], goals: { delete: [9, 3, 2] } }],
    ["list", { figures: [], goals: { "list.first": "full run only" } }],
    ["memory", { failure: "out of memory" }],
  ]);
  const statuses = new Map(judgeGoals(outcomes).map(({ goal, status }) => [goal.id, status]));
  expect(statuses.get("delete")).toBe("MUST ONLY");
  expect(statuses.get("list.first")).toBe("full run only");
  expect(statuses.get("list.deep")).toBe("failed");
  expect(statuses.get("memory.million")).toBe("failed");
  expect(statuses.get("peer")).toBe("not asked for");
  const table = formatGoals(judgeGoals(outcomes)).split("\n");
  expect(table).toHaveLength(GOALS.length + 1);
  expect(table.find((row) => row.startsWith("Delete"))).toMatch(/<= 4 +<= 2.5 +2 +3 +9 +MUST ONLY$/);
});

it("a part that failed says so and why", () => {
  expect(formatPart("list", { failure: "no\nanswer" })).toBe("list: FAILED\n  no\n  answer");
});

it("numbers have three digits that mean something", () => {
  expect([25_123, 0.123_45, 1.2, 3].map(formatNumber)).toEqual(["25,100", "0.123", "1.2", "3"]);
});

it.each([
  [25_000, 5_000],
  [330, 100],
  [7, 2],
  [99_999, 20_000],
])("up to %d the plot has a line every %d", (most, step) => {
  expect(gridStep(most)).toBe(step);
});

it("the plot shows the servers of a run, the fastest first, and nothing where none ran", () => {
  const machine = { processor: "A <processor> & more", processors: 2, node: "v24" };
  const settings = { mode: "quick", keys: 10_000, peerKeys: 500 };
  const figure = (name: string, value: number) => ({ name, unit: "calls/s", values: [value, value] });
  const outcomes = new Map<string, Outcome>([
    ["verify", { figures: [figure("keyfast", 20), figure("floor", 25)], goals: {} }],
    ["peer", { figures: [figure("keyfast", 19), figure("better-auth", 1)], goals: {} }],
  ]);
  const picture = plot({ arguments: { settings, custom: false }, machine, outcomes }) ?? "";
  expect([...picture.matchAll(/>(floor|keyfast|better-auth)</g)].map(([, name]) => name)).toEqual([
    "floor",
    "keyfast",
    "better-auth",
  ]);
  expect(picture).toContain("A &lt;processor> &amp; more");
  expect(picture).toContain("quick run");
  expect(picture).toContain("10,000 different keys (better-auth: 500), every answer checked");
  expect(picture).toContain(
    "of 2 interleaved repeats; better-auth's in another part, in turn with keyfast alone.",
  );
  outcomes.delete("peer");
  const alone = plot({ arguments: { settings, custom: false }, machine, outcomes }) ?? "";
  expect(alone).not.toContain("better-auth");
  expect(alone).toContain("10,000 different keys, every answer checked");
  expect(plot({ arguments: { settings, custom: false }, machine, outcomes: new Map() })).toBeUndefined();
});

it("figures go between their markers and nowhere else", () => {
  const text = "a\n<!-- figures -->\nold\n<!-- /figures -->\nb";
  const once = replaceBetween(text, "figures", "new");
  expect(once).toBe("a\n<!-- figures -->\n\nnew\n\n<!-- /figures -->\nb");
  expect(replaceBetween(once, "figures", "new")).toBe(once);
  expect(() => replaceBetween("a", "figures", "new")).toThrow(RangeError);
});

it("the published profile tells a place of the floor beside the same one of the service", () => {
  const figures = [
    { name: "floor, all", median: 15 },
    { name: "floor: node:events", median: 4 },
    { name: "keyfast, all", median: 27 },
    { name: "floor: each under 1 %", median: 3 },
    { name: "keyfast: src/rpc", median: 2 },
    { name: "keyfast: each under 1 %", median: 1 },
  ];
  expect(
    profileTable({ results: { profile: { figures } } })
      .split("\n")
      .slice(2),
  ).toEqual([
    "| all | 15 | 27 |",
    "| src/rpc |  | 2 |",
    "| `node:events` | 4 |  |",
    "| each under 1 % | 3 | 1 |",
  ]);
});

it("the published table has a row for each goal, and empty cells where nothing was measured", () => {
  const goal = { name: "List", direction: "at most", must: 2, aim: 1.2, unit: "" } as const;
  const goals = [
    { ...goal, status: "REACHED", min: 1, median: 1.1, max: 1.25 },
    { ...goal, name: "Hits", direction: "at least", must: 30, aim: 100, unit: "MB", status: "not built yet" },
  ] as const;
  expect(goalsTable({ goals }).split("\n").slice(2)).toEqual([
    "| List | ≤ 2 | ≤ 1.2 | 1 | 1.1 | 1.25 | REACHED |",
    "| Hits | ≥ 30 MB | ≥ 100 MB |  |  |  | not built yet |",
  ]);
});

it("a run with a failed part, or of uncommitted changes, is not published", () => {
  const results = { list: { figures: [] }, delete: { figures: [] } };
  const goals = [{ part: "list", status: "REACHED" }];
  const machine = { changed: false };
  expect(objections({ results, goals, machine })).toEqual([]);
  expect(objections({ results, goals, machine: { changed: true } })).toEqual([
    "the checkout that was measured had uncommitted changes, or another commit at the end",
  ]);
  const failed = { load: { failure: "no\nanswer" }, list: { failure: "gone" }, delete: results.delete };
  expect(objections({ results: failed, goals: [{ part: "list", status: "failed" }], machine })).toEqual([
    "the part load failed",
    "the part list failed",
  ]);
  // A part that forgot a goal says nothing of a failure.
  expect(objections({ results, goals: [{ part: "delete", status: "failed" }], machine })).toEqual([
    "the part delete failed",
  ]);
});

it("what disturbed a published run is told with the parts in which it was much", () => {
  const results = {
    verify: { runs: [[{ steal: 0, foreign: 0.051 }], [{ steal: 0.02, foreign: 0.01 }]] },
    list: { runs: [[{ steal: 0, foreign: 0.55 }]] },
    memory: { disturbances: [{ steal: 0.03, foreign: 0.05 }] },
  };
  const start = "Most of the machine's time that went elsewhere in a measurement:";
  expect(disturbanceLine({ results })).toBe(
    `${start} steal 3 %, other programs 55 % (\`verify\` 5 %, \`list\` 55 %).`,
  );
  expect(disturbanceLine({ results: { memory: {}, load: {} } })).toBe(
    `${start} steal 0 %, other programs 0 %. Not recorded in \`memory\`, \`load\`.`,
  );
});

it("notes of parts are published, each thing once", () => {
  const runs = [[{ steal: 0.12, foreign: 0.55 }]];
  const own = "the loader used up to 95 % of its processor: it may be the limit";
  const settings = { stealLimit: 0.1 };
  const results = {
    list: { runs, notes: [own, ...disturbanceNotes(runs.flat(), settings.stealLimit)] },
    memory: { disturbances: [], notes: ["in batches"] },
    delete: {},
  };
  expect(results.list.notes).toHaveLength(3);
  expect(notesList({ results, settings })).toBe(`- NOTE, \`list\`: ${own}\n- NOTE, \`memory\`: in batches`);
});
