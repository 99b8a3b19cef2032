/** Waiting for what nothing announces: a server of another process that is about to answer. */
import { setTimeout as delay } from "node:timers/promises";

const LIMIT_MS = 60_000;
const POLL_MS = 50;

/**
 * Tries again until it succeeds. Throws `failure`, with the last error as its cause, when that has taken a minute, or once
 * the signal says that nobody waits for it.
 */
export async function eventually<T>(
  failure: string,
  work: () => Promise<T>,
  signal?: AbortSignal,
): Promise<T> {
  const deadline = performance.now() + LIMIT_MS;
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (signal?.aborted || performance.now() > deadline) throw new Error(failure, { cause: error });
      await delay(POLL_MS);
    }
  }
}
