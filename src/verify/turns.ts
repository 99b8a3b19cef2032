/** So many pieces of work at once, others in turn behind them, and more than so many in all refused. */
import { KeyfastError } from "../domain/errors.ts";

export class Turns {
  readonly #atOnce: number;
  readonly #maxWaiting: number;
  readonly #waiting: (() => void)[] = [];
  #underWay = 0;

  constructor(atOnce: number, maxWaiting: number) {
    this.#atOnce = atOnce;
    this.#maxWaiting = maxWaiting;
  }

  /** What `work` comes to; rejects with OVERLOADED, without having begun it, where too many wait already. */
  async run<T>(work: () => Promise<T>): Promise<T> {
    if (this.#underWay >= this.#atOnce) await this.#turn();
    else this.#underWay++;
    try {
      return await work();
    } finally {
      // The place is handed on, so that nobody who comes now gets before those that wait.
      const next = this.#waiting.shift();
      if (next) next();
      else this.#underWay--;
    }
  }

  #turn(): Promise<void> {
    if (this.#waiting.length >= this.#maxWaiting) {
      throw new KeyfastError("OVERLOADED", "too many keys are being looked up, try again");
    }
    return new Promise((resolve) => this.#waiting.push(resolve));
  }
}
