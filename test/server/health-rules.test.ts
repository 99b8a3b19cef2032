import { describe, expect, it } from "vitest";
import { Health } from "../../src/rpc/health.ts";

describe("health without a server", () => {
  it("is not serving where the database does not answer, and serving again once it does", async () => {
    let answers = false;
    const health = new Health(() => (answers ? Promise.resolve() : Promise.reject(new Error("no primary"))));
    expect(await health.isServing()).toBe(false);
    answers = true;
    expect(await health.isServing()).toBe(true);
  });

  it("asks the database once for all who ask at the same time, and anew for who asks later", async () => {
    let questions = 0;
    const pending: (() => void)[] = [];
    const health = new Health(() => {
      questions++;
      return new Promise((resolve) => pending.push(resolve));
    });
    const together = Promise.all([health.isServing(), health.isServing(), health.isServing()]);
    pending[0]?.();
    expect(await together).toEqual([true, true, true]);
    expect(questions).toBe(1);
    const later = health.isServing();
    pending[1]?.();
    expect(await later).toBe(true);
    expect(questions).toBe(2);
  });

  it("is not serving from the stop on, also for who asked before", async () => {
    let answer = () => {};
    const health = new Health(
      () =>
        new Promise((resolve) => {
          answer = resolve;
        }),
    );
    const asked = health.isServing();
    health.stop();
    answer();
    expect(await asked).toBe(false);
    expect(await health.isServing()).toBe(false);
    expect(health.stopped.aborted).toBe(true);
  });
});
