/** Numbers that look random and are the same in every run. */

/** A number from 0 up to, but not including, `below`. */
export type Random = (below: number) => number;

/** xorshift32: enough to spread names and questions. */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0 || 1;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}

export function pick<T>(random: Random, list: readonly T[]): T {
  const value = list[random(list.length)];
  if (value === undefined) throw new RangeError("nothing to pick from");
  return value;
}

/** Fisher and Yates. */
export function shuffled<T>(random: Random, list: readonly T[]): T[] {
  const copy = [...list];
  for (let last = copy.length - 1; last > 0; last--) {
    const other = random(last + 1);
    const value = copy[last] as T;
    copy[last] = copy[other] as T;
    copy[other] = value;
  }
  return copy;
}
