/**
 * The seed of everything random in one test file. It is printed, and `TEST_SEED=<seed>` runs the same again.
 */
import { randomInt } from "node:crypto";
import fc from "fast-check";

export function seedOf(what: string): number {
  const seed = Number(process.env.TEST_SEED ?? randomInt(2 ** 31));
  process.stderr.write(`${what}: TEST_SEED=${seed}\n`);
  fc.configureGlobal({ seed });
  return seed;
}

/** Numbers from 0 up to 1 (mulberry32): the same ones for the same seed. */
export function randomOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

export function pick<T>(random: () => number, values: readonly T[]): T {
  const value = values[Math.floor(random() * values.length)];
  if (value === undefined) throw new RangeError("nothing to pick from");
  return value;
}
