import { expect, it } from "vitest";
import { LIST_KINDS } from "../../bench/data/list-calls.ts";
import { figuresAndGoals } from "../../bench/parts/list.ts";

/** In the large project each kind takes so many times as long as in the small one, as its place in the list says. */
const p95 = (name: string) => {
  const kind = LIST_KINDS.findIndex((of) => name === `${of}, 10 keys` || name === `${of}, 2,000 keys`);
  return name.endsWith(", 10 keys") ? [100, 200] : [100 * (kind + 1), 200 * (kind + 1)];
};

it("each kind of list tells how many times as long it takes in the large project", () => {
  const { figures, goals } = figuresAndGoals({ smallProject: 10, largeProject: 2_000 }, p95);
  expect(figures.filter(({ unit }) => unit === "ratio")).toEqual(
    LIST_KINDS.map((kind, i) => ({
      name: `${kind}, 2,000 keys, p95 against 10`,
      unit: "ratio",
      values: [i + 1, i + 1],
    })),
  );
  expect(figures.filter(({ unit }) => unit === "us")).toHaveLength(2 * LIST_KINDS.length);
  expect(goals).toEqual({
    "list.first": [1, 1],
    "list.deep": [2, 2],
    "list.few": [3, 3],
    "list.many": [4, 4],
  });
});

it("without a large project there are times and no ratios", () => {
  const { figures, goals } = figuresAndGoals({ smallProject: 10, largeProject: undefined }, p95);
  expect(figures.map(({ name }) => name)).toEqual(LIST_KINDS.map((kind) => `${kind}, 10 keys, p95`));
  expect(new Set(Object.values(goals))).toEqual(new Set(["full run only"]));
});
