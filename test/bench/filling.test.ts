import { expect, it } from "vitest";
import { fillWorkers, requireInMemory } from "../../bench/harness/filling.ts";

/** Two workers and what they tell after each round, the last of it again and again. */
function told(keys: number, answers: readonly (readonly number[])[]) {
  let rounds = 0;
  const filling = {
    workers: 2,
    keys,
    ask: async () => void rounds++,
    held: async () => answers[rounds - 1] ?? answers.at(-1) ?? [],
  };
  return { filling, rounds: () => rounds };
}

it("keys are asked for until each worker has them all", async () => {
  const { filling, rounds } = told(100, [
    [0, 100],
    [0, 100],
    [99, 100],
    [100, 101],
  ]);
  await fillWorkers(filling);
  expect(rounds()).toBe(4);
});

it("a worker that is too late to tell is waited for", async () => {
  const { filling, rounds } = told(100, [[100], [100], [100, 100]]);
  await fillWorkers(filling);
  expect(rounds()).toBe(3);
});

it("a slow filling is no failure, as long as each score of rounds brings something", async () => {
  const slow = Array.from({ length: 200 }, (_, round) => [100, Math.floor(round / 19) * 10]);
  const { filling, rounds } = told(100, slow);
  await fillWorkers(filling);
  expect(rounds()).toBe(191);
});

it("a filling that comes to nothing more fails, and tells how many keys each worker has", async () => {
  const { filling, rounds } = told(100, [[0, 100], [40, 100], [100], [30, 100]]);
  await expect(fillWorkers(filling)).rejects.toThrow(
    "of 100 keys the 2 workers have 30 and 100, and no more",
  );
  expect(rounds()).toBe(22);
});

/** Passes that need so many queries for each call, one after the other. */
function passes(...queries: number[]) {
  const left = queries.values();
  return async () => left.next().value ?? 0;
}

it("keys are in memory when a pass over all of them needs no query", async () => {
  expect(await requireInMemory(passes(0))).toBe(0);
  expect(await requireInMemory(passes(0.5, 0.000_01, 0))).toBe(0);
});

it("nothing is measured of a service that asks MongoDB in each pass, however seldom", async () => {
  await expect(requireInMemory(passes(0.5, 0.3, 0.000_01))).rejects.toThrow(
    "the keys are not in memory: 0.000010 queries for each Verify",
  );
});
