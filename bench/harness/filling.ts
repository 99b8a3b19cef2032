/** Brings all keys into the memory of each worker. Which worker a connection comes to is the kernel's choice. */

/** So many rounds may bring nothing new: with two workers, one of which knows all, that is less likely than one in a million. */
const IDLE_ROUNDS = 20;

export interface Filling {
  readonly workers: number;
  /** How many each is to have. */
  readonly keys: number;
  /** Asks for each key once. */
  readonly ask: () => Promise<unknown>;
  /** How many each worker has; one that does not tell in time is left out. */
  readonly held: () => Promise<readonly number[]>;
}

/** Throws where nothing new has come for so long that it never will. */
export async function fillWorkers({ workers, keys, ask, held }: Filling): Promise<void> {
  let [idle, most] = [0, 0];
  let each: readonly number[] = [];
  while (idle < IDLE_ROUNDS) {
    await ask();
    each = await held();
    if (each.length === workers && each.every((count) => count >= keys)) return;
    const all = each.reduce((sum, count) => sum + count, 0);
    idle = all > most ? 0 : idle + 1;
    most = Math.max(most, all);
  }
  throw new Error(
    `of ${keys} keys the ${workers} workers have ${each.join(" and ")}, and no more for ${IDLE_ROUNDS} rounds`,
  );
}
