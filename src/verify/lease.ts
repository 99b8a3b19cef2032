/** When a replica may trust its memory, and how long others must wait until it cannot. Pure. */
import type { Clock } from "./clock.ts";

/** Wall and monotonic clock may drift apart this far, in milliseconds, between two renewals; more is a jump. */
export const MAX_JUMP_MS = 100;
/**
 * Added to every wait for a lease to run out, in milliseconds: more than the jumps that go unseen, one between the two
 * last renewals, and one since.
 */
export const WAIT_MARGIN_MS = 250;

export class Lease {
  readonly #clock: Clock;
  readonly #lengthMs: number;
  #goodUntil = Number.NEGATIVE_INFINITY;
  /** From the monotonic clock to the wall clock, when both were last found to agree. */
  #offset: number;
  #dropped = false;

  /** To be made before the first renewal is sent, so that a jump while it is under way is seen. */
  constructor(clock: Clock, lengthMs: number) {
    this.#clock = clock;
    this.#lengthMs = lengthMs;
    this.#offset = clock.wall() - clock.monotonic();
  }

  /**
   * To be called with the monotonic time at which the renewal was sent, once it is known to have succeeded. False where
   * the clocks have jumped apart since the last one: then memory must be discarded, and a new lease taken.
   */
  renewed(sentAt: number): boolean {
    if (this.#dropped || this.#jumped(this.#clock.monotonic())) {
      this.#dropped = true;
      return false;
    }
    this.#goodUntil = Math.max(this.#goodUntil, sentAt + this.#lengthMs);
    this.#offset = this.#clock.wall() - this.#clock.monotonic();
    return true;
  }

  /** Ends the lease, for good. */
  drop(): void {
    this.#dropped = true;
  }

  /** To be read at each use. False for good once the clocks have jumped apart: the machine was suspended. */
  isGood(): boolean {
    const now = this.#clock.monotonic();
    if (this.#dropped || now >= this.#goodUntil) return false;
    if (this.#jumped(now)) this.#dropped = true;
    return !this.#dropped;
  }

  #jumped(now: number): boolean {
    return Math.abs(this.#clock.wall() - now - this.#offset) > MAX_JUMP_MS;
  }
}

/** How long to wait, in milliseconds, until a lease of that length is over by a clock whose rate differs by `rho`. */
export const waitOut = (lengthMs: number, rho: number) => (lengthMs * (1 + rho)) / (1 - rho) + WAIT_MARGIN_MS;
