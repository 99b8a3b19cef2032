import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Lease, MAX_JUMP_MS, WAIT_MARGIN_MS, waitOut } from "../../src/verify/lease.ts";
import { HeldClock } from "../support/held-clock.ts";

const LENGTH = 3_000;
const leased = () => {
  const clock = new HeldClock();
  const lease = new Lease(clock, LENGTH);
  return { clock, lease };
};

describe("a lease", () => {
  it("is not good before its first renewal", () => {
    expect(leased().lease.isGood()).toBe(false);
  });

  it("counts from the sending of the renewal, not from its answer", () => {
    const { clock, lease } = leased();
    const sentAt = clock.monotonic();
    clock.advance(2_000);
    lease.renewed(sentAt);
    clock.advance(999);
    expect(lease.isGood()).toBe(true);
    clock.advance(1);
    expect(lease.isGood()).toBe(false);
  });

  it("is never shortened by a renewal that was sent earlier and answered later", () => {
    const { clock, lease } = leased();
    lease.renewed(clock.monotonic());
    clock.advance(1_000);
    lease.renewed(clock.monotonic());
    lease.renewed(clock.monotonic() - 1_000);
    clock.advance(2_999);
    expect(lease.isGood()).toBe(true);
  });

  it.each([MAX_JUMP_MS + 1, -MAX_JUMP_MS - 1, 3_600_000])(
    "ends for good when the clocks jump apart by %i ms",
    (jump) => {
      const { clock, lease } = leased();
      lease.renewed(clock.monotonic());
      clock.jumpWall(jump);
      expect(lease.isGood()).toBe(false);
      clock.jumpWall(-jump);
      expect(lease.isGood()).toBe(false);
      expect(lease.renewed(clock.monotonic())).toBe(false);
      expect(lease.isGood()).toBe(false);
    },
  );

  it("is not good where the clocks jump apart while its first renewal is under way", () => {
    const { clock, lease } = leased();
    const sentAt = clock.monotonic();
    clock.jumpWall(3_600_000);
    expect(lease.renewed(sentAt)).toBe(false);
    expect(lease.isGood()).toBe(false);
  });

  it("does not come back by a renewal that arrives after a jump", () => {
    const { clock, lease } = leased();
    lease.renewed(clock.monotonic());
    clock.jumpWall(10_000);
    expect(lease.renewed(clock.monotonic())).toBe(false);
    expect(lease.isGood()).toBe(false);
  });

  it("once dropped is not good again", () => {
    const { clock, lease } = leased();
    lease.renewed(clock.monotonic());
    lease.drop();
    lease.renewed(clock.monotonic());
    expect(lease.isGood()).toBe(false);
  });
});

describe("waiting a lease out", () => {
  it("outlasts it on any two clocks within the bound, whichever runs fast", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 60_000 }),
        fc.double({ min: 0, max: 0.1, noNaN: true }),
        fc.double({ min: -1, max: 1, noNaN: true }),
        fc.double({ min: -1, max: 1, noNaN: true }),
        (length, rho, a, b) => {
          const replicaRate = 1 + rho * a;
          const waiterRate = 1 + rho * b;
          const leaseTrueTime = length / replicaRate;
          const waitTrueTime = waitOut(length, rho) / waiterRate;
          expect(waitTrueTime).toBeGreaterThan(leaseTrueTime);
        },
      ),
    );
    expect(WAIT_MARGIN_MS).toBeGreaterThan(2 * MAX_JUMP_MS);
  });
});
