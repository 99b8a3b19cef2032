/**
 * How many keys match, or are in a part of the index of names, without counting thousands of them for every page.
 *
 * What was counted once stays a lower bound: creations only add, and each deletion takes one away at most. A replica
 * sees every deletion, in order, before the Delete returns; so what is left of a count that was larger than needed,
 * after all deletions since, still shows that there are more than are told, and what is left of one that was cut short
 * is as good as another one.
 *
 * Smaller totals are counted for every page: the contract wants each exact, and keys that other replicas create are not
 * seen here. A count looks at 11,000 keys at most, the 10,000 that are told and `MARGIN`, however many there are.
 */

/** Deletions that this process has seen, in all projects, since it began to follow them. */
export interface Deletions {
  /** Another object each time that it began anew, having missed some. */
  readonly since: object;
  readonly count: number;
}

/** What a count came to. */
export interface Counted {
  readonly found: number;
  /** False: it was cut short, and there may be more. */
  readonly isAll: boolean;
}

interface Known {
  readonly found: number;
  readonly at: Deletions;
  /** After more deletions than these it is counted again. */
  readonly holdsFor: number;
}

/** Counts go so far beyond what is asked for, and hold for as many deletions where they were cut short. */
const MARGIN = 1_000;
/** Lists, and parts of the index, of which something is remembered; the oldest goes first. */
const MAX_LISTS = 1_000;

export class KnownTotals {
  readonly #deletions: () => Deletions | undefined;
  readonly #known = new Map<string, Known>();

  /** `deletions` tells nothing where the process may have missed some. */
  constructor(deletions: () => Deletions | undefined = () => undefined) {
    this.#deletions = deletions;
  }

  /** Whether the list is known to have so many keys at least. */
  isAtLeast(list: string, total: number): boolean {
    return (this.#atLeast(list) ?? 0) >= total;
  }

  /**
   * The list's total, at most `most`, by `count` where it is not known. `count` is given how many keys it may look at,
   * and tells too few where that was not enough.
   */
  async upTo(most: number, list: string, count: (limit: number) => Promise<Counted>): Promise<number> {
    const known = this.#atLeast(list);
    if (known !== undefined) return Math.min(known, most);
    // Before it is asked: a deletion that comes meanwhile may or may not be in the count, and is taken off it.
    const at = this.#deletions();
    const { found, isAll } = await count(most + MARGIN);
    const holdsFor = isAll ? found - most : MARGIN;
    if (at && holdsFor >= 0) this.#remember(list, { found, at, holdsFor });
    return Math.min(found, most);
  }

  /** Undefined where it must be counted. */
  #atLeast(list: string): number | undefined {
    const known = this.#known.get(list);
    const now = this.#deletions();
    if (!known || !now || known.at.since !== now.since) return undefined;
    const deleted = now.count - known.at.count;
    return deleted > known.holdsFor ? undefined : Math.max(0, known.found - deleted);
  }

  #remember(list: string, known: Known): void {
    this.#known.delete(list);
    this.#known.set(list, known);
    if (this.#known.size <= MAX_LISTS) return;
    const oldest = this.#known.keys().next().value;
    if (oldest !== undefined) this.#known.delete(oldest);
  }
}
