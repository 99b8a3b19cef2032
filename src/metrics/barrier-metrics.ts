/** Counts what Deletes wait for. Pure. */
import { Histogram } from "./histogram.ts";

export class BarrierMetrics {
  /** How long they waited for the replicas, in seconds; also where they gave up. */
  readonly waited = new Histogram();
  /** Replicas that did not confirm, and were waited out. */
  fenced = 0;

  async watch<T extends { readonly fenced: number }>(wait: () => Promise<T>): Promise<T> {
    const startedAt = performance.now();
    try {
      const done = await wait();
      this.fenced += done.fenced;
      return done;
    } finally {
      this.waited.observe((performance.now() - startedAt) / 1_000);
    }
  }
}
