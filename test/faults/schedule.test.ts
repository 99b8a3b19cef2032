import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { FAULTS, LANES, type Lane, type PlannedFault, planOf } from "./schedule.ts";

const seeds = fc.integer({ min: 0, max: 2 ** 31 });

function firstFaults(seed: number, lane: Lane, count: number): PlannedFault[] {
  const faults = planOf(seed).faults(lane);
  return Array.from({ length: count }, () => faults.next().value);
}

describe("a plan", () => {
  it("is the same for the same seed, and another for another", () => {
    fc.assert(
      fc.property(seeds, fc.constantFrom(...LANES), (seed, lane) => {
        expect(firstFaults(seed, lane, 20)).toEqual(firstFaults(seed, lane, 20));
        expect(firstFaults(seed, lane, 20)).not.toEqual(firstFaults(seed + 1, lane, 20));
      }),
    );
  });

  it("has each kind of a lane once before any comes again", () => {
    fc.assert(
      fc.property(seeds, fc.constantFrom(...LANES), (seed, lane) => {
        const kinds = firstFaults(seed, lane, FAULTS[lane].length).map(({ kind }) => kind);
        expect(kinds.toSorted()).toEqual([...FAULTS[lane]].sort());
      }),
    );
  });

  it("pauses replicas for longer than any lease, and never kills the last one", () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const longest = Math.max(...planOf(seed).replicas.map(({ leaseMs }) => leaseMs));
        for (const { kind, holdMs, replicas } of firstFaults(seed, "replica", 12)) {
          expect(new Set(replicas).size).toBe(replicas.length);
          expect(replicas.length).toBeGreaterThan(0);
          if (kind === "replica paused") expect(holdMs).toBeGreaterThan(longest);
          else expect(replicas.length).toBeLessThan(3);
        }
      }),
    );
  });
});
