/**
 * Finds calls whose body takes too long. Nearly all bodies arrive in the same turn of the event loop as their headers:
 * only what is left at its end is entered into a table, which would cost more than all else that is done for such a call.
 */
import { Overdue } from "./overdue.ts";

export interface Reading {
  /** False once the body is there, or the call over. */
  readonly isReading: boolean;
}

export class LateBodies<T extends Reading> {
  readonly #late: Overdue<T>;
  #begun: T[] = [];

  /** Calls that read for longer than `limitMs` are told, and forgotten, within as long again. In milliseconds. */
  constructor(limitMs: number, onLate: (call: T) => void) {
    this.#late = new Overdue(limitMs, limitMs, (call) => {
      if (call.isReading) onLate(call);
    });
  }

  add(call: T): void {
    if (this.#begun.push(call) === 1) setImmediate(this.#endTurn);
  }

  readonly #endTurn = () => {
    const begun = this.#begun;
    this.#begun = [];
    for (const call of begun) if (call.isReading) this.#late.add(call);
  };
}
