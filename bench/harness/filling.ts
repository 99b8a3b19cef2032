/** That all keys are in memory before anything is measured: what is not has to be asked of MongoDB, and costs a score of calls. */

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

/**
 * Brings all keys into the memory of each worker. Which worker a connection comes to is the kernel's choice. Throws where
 * nothing new has come for so long that it never will.
 */
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

/** MongoDB may send itself a query now and then, which is about no key: it does not do so in each of them. */
const MOST_PASSES = 3;

/**
 * `pass` asks about each key once, and gives how many queries MongoDB got for each. Gives the same of a pass without any.
 * Throws where there were some in each pass.
 */
export async function requireInMemory(pass: () => Promise<number>): Promise<0> {
  let queries = Number.NaN;
  for (let passes = 0; passes < MOST_PASSES; passes++) {
    queries = await pass();
    if (queries === 0) return queries;
  }
  throw new Error(`the keys are not in memory: ${queries.toPrecision(2)} queries for each Verify`);
}
