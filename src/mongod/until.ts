import { setTimeout as delay } from "node:timers/promises";

const LIMIT_MS = 60_000;
const POLL_MS = 25;

/** Looks again and again until there is something; for what no event tells of. Throws after a minute. */
export async function until<T>(what: string, look: () => Promise<T | undefined>): Promise<T> {
  const deadline = performance.now() + LIMIT_MS;
  while (performance.now() < deadline) {
    const found = await look();
    if (found !== undefined) return found;
    await delay(POLL_MS);
  }
  throw new Error(`${what}: not within ${LIMIT_MS / 1000} seconds`);
}
