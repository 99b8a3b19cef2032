/** Interleaved repeats: all contenders in turn, again and again, so that what drifts hits all of them. */

export interface RepeatOptions {
  readonly repeats: number;
  /** A repeat in which the host took more than this share of the machine's time is made again. */
  readonly stealLimit: number;
  readonly say: (line: string) => void;
}

/** One repeat: what each contender gave, by its name. */
export type Repeat<R> = ReadonlyMap<string, R>;

/** Each repeat begins with another contender, so that none always runs first. */
const rotated = <T>(list: readonly T[], by: number): T[] => {
  const start = by % Math.max(1, list.length);
  return [...list.slice(start), ...list.slice(0, start)];
};

/**
 * Runs `work` for each contender in each repeat. As many repeats as asked for may be made again because of steal; after
 * that they are kept as they are, and their runs tell.
 */
export async function interleave<C extends { readonly name: string }, R extends { readonly steal: number }>(
  contenders: readonly C[],
  options: RepeatOptions,
  work: (contender: C, repeat: number) => Promise<R>,
): Promise<Repeat<R>[]> {
  const kept: Repeat<R>[] = [];
  let spare = options.repeats;
  while (kept.length < options.repeats) {
    const repeat = new Map<string, R>();
    for (const contender of rotated(contenders, kept.length)) {
      repeat.set(contender.name, await work(contender, kept.length));
    }
    const steal = Math.max(...[...repeat.values()].map((run) => run.steal));
    if (steal > options.stealLimit && spare-- > 0) {
      options.say(`repeat ${kept.length + 1} again: the host took ${(steal * 100).toFixed(0)} % of the time`);
      continue;
    }
    kept.push(repeat);
  }
  return kept;
}

/** One value of each repeat for one contender. */
export function column<R, V>(repeats: readonly Repeat<R>[], contender: string, value: (run: R) => V): V[] {
  return repeats.map((repeat) => {
    const run = repeat.get(contender);
    if (run === undefined) throw new RangeError(`${contender} took no part`);
    return value(run);
  });
}
