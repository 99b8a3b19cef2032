import { expect, it } from "vitest";
import { Pauses } from "../../src/workers/pauses.ts";

it("a worker that does not last is replaced after ever longer pauses, of ten seconds at most", () => {
  const pauses = new Pauses();
  const served = [0, 0, 1, 59_000, 60_000, 0, 10, 0, 0];
  expect(served.map((ms) => pauses.after(ms))).toEqual([
    100, 200, 400, 800, 1_600, 3_200, 6_400, 10_000, 10_000,
  ]);
});

it("one that served for more than a minute is replaced at once, and what follows begins anew", () => {
  const pauses = new Pauses();
  for (let deaths = 0; deaths < 10; deaths++) pauses.after(0);
  expect([60_001, 0, 0].map((ms) => pauses.after(ms))).toEqual([100, 200, 400]);
});
