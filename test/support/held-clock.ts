import type { Clock } from "../../src/verify/clock.ts";

/** A clock that moves when a test says so. */
export class HeldClock implements Clock {
  #monotonic = 1_000;
  #wall = 1_700_000_000_000;

  monotonic(): number {
    return this.#monotonic;
  }

  wall(): number {
    return this.#wall;
  }

  advance(ms: number): void {
    this.#monotonic += ms;
    this.#wall += ms;
  }

  /** As after a suspend, or when somebody sets the time. */
  jumpWall(ms: number): void {
    this.#wall += ms;
  }
}
