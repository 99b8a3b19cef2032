/** How long something took, counted by buckets in one flat array. Pure. */

/** Upper ends of the buckets, in seconds: from what memory answers in, to what a lease is waited out for. */
export const BUCKETS = [
  0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10,
] as const;

export class Histogram {
  /** Each bucket alone; one more takes what is longer than all. */
  readonly #counts = new Float64Array(BUCKETS.length + 1);
  #sum = 0;

  observe(seconds: number): void {
    let bucket = 0;
    while (bucket < BUCKETS.length && seconds > (BUCKETS[bucket] as number)) bucket++;
    this.#counts[bucket] = (this.#counts[bucket] as number) + 1;
    this.#sum += seconds;
  }

  /** All that was observed, in seconds. */
  get sum(): number {
    return this.#sum;
  }

  /** For each bucket how many were no longer than its upper end; the last one has all. */
  cumulative(): number[] {
    let count = 0;
    return Array.from(this.#counts, (alone) => {
      count += alone;
      return count;
    });
  }
}
