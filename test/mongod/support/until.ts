import { setTimeout as delay } from "node:timers/promises";

const LIMIT_MS = 30_000;

/** Waits for what no event tells of. Throws when it has not come true in half a minute. */
export async function until(what: string, look: () => Promise<boolean> | boolean): Promise<void> {
  const deadline = performance.now() + LIMIT_MS;
  while (!(await look())) {
    if (performance.now() > deadline) throw new Error(`not within ${LIMIT_MS / 1000} seconds: ${what}`);
    await delay(20);
  }
}
