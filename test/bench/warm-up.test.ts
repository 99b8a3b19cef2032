import { expect, it } from "vitest";
import { warmInTurn } from "../../bench/harness/warm-up.ts";

/** What was done in which order. */
async function warmed(warmUpMs: number): Promise<string[]> {
  const done: string[] = [];
  const works = ["a", "b"].map((name) => async () => {
    done.push(name);
  });
  await warmInTurn({ settings: { warmUpMs }, say: () => {} }, "both", works);
  return done;
}

it("all are warmed up in turn, for as long as the settings say", async () => {
  const start = performance.now();
  const done = await warmed(5);
  expect(performance.now() - start).toBeGreaterThanOrEqual(5);
  expect(done.length).toBeGreaterThan(2);
  expect(done.every((name, index) => name === (index % 2 === 0 ? "a" : "b"))).toBe(true);
});

it("all are warmed up once, however little time there is", async () => {
  expect(await warmed(0)).toEqual(["a", "b"]);
});
