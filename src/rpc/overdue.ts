/** Finds what has waited for too long, by one timer for all: a timer of its own for each call costs more than most calls. */
export class Overdue<T> {
  readonly #limitMs: number;
  readonly #onOverdue: (item: T) => void;
  /** In the order of their start. */
  readonly #started = new Map<T, number>();
  readonly #timer: NodeJS.Timeout;

  /** Items older than `limitMs` are told, and forgotten, every `checkMs`; both in milliseconds. */
  constructor(limitMs: number, checkMs: number, onOverdue: (item: T) => void) {
    this.#limitMs = limitMs;
    this.#onOverdue = onOverdue;
    this.#timer = setInterval(() => this.#check(), checkMs).unref();
  }

  add(item: T): void {
    this.#started.set(item, performance.now());
  }

  delete(item: T): void {
    this.#started.delete(item);
  }

  close(): void {
    clearInterval(this.#timer);
  }

  #check(): void {
    const startedBefore = performance.now() - this.#limitMs;
    for (const [item, start] of this.#started) {
      if (start > startedBefore) return;
      this.#started.delete(item);
      this.#onOverdue(item);
    }
  }
}
