/**
 * Calls that wait for MongoDB, each until its limit and none beyond the end of a shutdown.
 *
 * There are no abort signals in it: what those leave behind keeps streams, those of later calls among them, from being
 * freed before the next full collection, which then stops the process for tens of milliseconds.
 */
import { givenUp, tookTooLong } from "./deadline.ts";

export interface Waiter {
  /** Ends the call with an error, where it has not ended yet. */
  giveUp(error: unknown): void;
}

export class Waiting<T extends Waiter> {
  readonly #shutdown: AbortSignal;
  readonly #timers = new Map<T, NodeJS.Timeout>();

  /** `shutdown`: aborted where calls are not waited for any longer. */
  constructor(shutdown: AbortSignal) {
    this.#shutdown = shutdown;
    shutdown.addEventListener("abort", () => this.#endAll(), { once: true });
  }

  /** Gives up the call after `limitMs` milliseconds, with DEADLINE_EXCEEDED. */
  add(call: T, limitMs: number): void {
    if (this.#shutdown.aborted) call.giveUp(givenUp(this.#shutdown));
    else this.#timers.set(call, setTimeout(onTooLate, limitMs, call));
  }

  delete(call: T): void {
    clearTimeout(this.#timers.get(call));
    this.#timers.delete(call);
  }

  #endAll(): void {
    for (const call of this.#timers.keys()) call.giveUp(givenUp(this.#shutdown));
  }
}

const onTooLate = (call: Waiter) => call.giveUp(tookTooLong());
