import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { growthPercent } from "../../src/garbage.ts";

const SCRIPT = fileURLToPath(new URL("./support/promote-garbage.ts", import.meta.url));

/** That a process needed for much garbage, where its event loop is said to be as busy as this; V8's own choice without. */
async function fullCollections(utilization?: number): Promise<number> {
  const args = utilization === undefined ? [] : [`${utilization}`];
  const { stdout } = await promisify(execFile)(process.execPath, ["--expose-gc", SCRIPT, ...args]);
  return Number(stdout);
}

describe("garbage is collected", () => {
  it("often while there is time to spare, so that each stop is short", async () => {
    expect(await fullCollections(0.1)).toBeGreaterThan(2 * (await fullCollections()));
  });

  it("as seldom as V8 sees fit while there is none", async () => {
    expect(await fullCollections(0.95)).toBeLessThan((await fullCollections(0.1)) / 2);
  });
});

it.each([
  { before: 0, utilization: 0.3, after: 10 },
  { before: 0, utilization: 0.75, after: 10 },
  { before: 0, utilization: 0.85, after: 0 },
  { before: 10, utilization: 0.85, after: 10 },
  { before: 10, utilization: 0.9, after: 0 },
  { before: 10, utilization: 1, after: 0 },
])(
  "the heap that may grow by $before percent may grow by $after when the loop is busy for $utilization of the time",
  ({ before, utilization, after }) => {
    expect(growthPercent(before, utilization)).toBe(after);
  },
);
