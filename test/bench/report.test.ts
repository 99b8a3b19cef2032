import { expect, it } from "vitest";
import { GOALS, judge } from "../../bench/harness/goals.ts";
import { gridStep, plot } from "../../bench/harness/plot.ts";
import { goalsTable, profileTable, replaceBetween } from "../../bench/harness/publish.ts";
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
  const settings = { mode: "quick", keys: 10_000 };
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
    { name: "keyfast: src/rpc", median: 2 },
  ];
  expect(
    profileTable({ results: { profile: { figures } } })
      .split("\n")
      .slice(2),
  ).toEqual(["| all | 15 | 27 |", "| src/rpc |  | 2 |", "| `node:events` | 4 |  |"]);
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
