/**
 * How many keys match, without counting ten thousand of them for every page.
 *
 * What was counted once stays a lower bound: creations only add, and each deletion takes one away at most. A replica
 * sees every deletion, in order, before the Delete returns; so what is left of a count that was larger than needed,
 * after all deletions since, still shows that there are more than are told. Smaller totals are counted each time.
 */

/** Deletions that this process has seen, in all projects, since it began to follow them. */
export interface Deletions {
  /** Another object each time that it began anew, having missed some. */
  readonly since: object;
  readonly count: number;
}

interface Known {
  readonly counted: number;
  readonly at: Deletions;
}

/** Counts go so far beyond what is asked for, and then hold until as many keys were deleted. */
const MARGIN = 1_000;
/** Lists whose totals are remembered; the oldest goes first. */
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
    const known = this.#known.get(list);
    const now = this.#deletions();
    if (!known || !now || known.at.since !== now.since) return false;
    return known.counted - (now.count - known.at.count) >= total;
  }

  /** The list's total, at most `most`, by `count` where it is not known. `count` is given how far it need not count on. */
  async upTo(most: number, list: string, count: (limit: number) => Promise<number>): Promise<number> {
    if (this.isAtLeast(list, most)) return most;
    // Before it is asked: a deletion that comes meanwhile may or may not be in the count, and is taken off it.
    const at = this.#deletions();
    const counted = await count(most + MARGIN);
    if (at && counted > most) this.#remember(list, { counted, at });
    return Math.min(counted, most);
  }

  #remember(list: string, known: Known): void {
    this.#known.delete(list);
    this.#known.set(list, known);
    if (this.#known.size <= MAX_LISTS) return;
    const oldest = this.#known.keys().next().value;
    if (oldest !== undefined) this.#known.delete(oldest);
  }
}
