/**
 * Pages of keys whose name contains a text. What matches few keys is found through the index of names; what matches more
 * than one page may look at, by walking from the newest key on and keeping what matches.
 */
import { MaxKey, MinKey } from "mongodb";
import { toRecord } from "./keys.ts";
import type { Counted, KnownTotals } from "./known-totals.ts";
import { listOf, MAX_TOTAL, type Page, type PageRequest, pageOf } from "./page.ts";
import type { FoldedQuery, SuffixRange } from "./search.ts";
import type { Keys, Walk } from "./walk.ts";

/** How many keys a search looks at for one page; of a part of the index of names at 1,001 more, where it knows no better. */
export const MAX_CANDIDATES = 2_000;

/** What the index of names tells of a key by itself. */
interface Candidate {
  readonly position: string;
  readonly environment: number;
  readonly creator: string;
}

const CANDIDATE_PROJECTION = { _id: 0, position: 1, environment: 1, creator: 1 } as const;

/** Where in the index of names a text begins: before everything that has it. */
const boundAt = (projectId: string, text: string) => ({
  project_id: projectId,
  name_suffixes: text,
  position: new MaxKey(),
  environment: new MinKey(),
  creator: new MinKey(),
});

export class NameSearch {
  readonly #keys: Keys;
  readonly #walk: Walk;
  readonly #totals: KnownTotals;

  constructor(keys: Keys, walk: Walk, totals: KnownTotals) {
    this.#keys = keys;
    this.#walk = walk;
    this.#totals = totals;
  }

  async page(request: PageRequest, query: FoldedQuery): Promise<Page> {
    const list = listOf(request, query.folded);
    const areMany = this.#totals.isAtLeast(list, MAX_CANDIDATES + 1);
    const page = areMany ? undefined : await this.#few(request, query);
    if (page) return page;
    const [walked, total] = await Promise.all([
      this.#many(request, query),
      this.#totals.upTo(MAX_TOTAL, list, (limit) => this.#count(request, query, limit)),
    ]);
    return { ...walked, total: Math.max(total, walked.keys.length) };
  }

  /** Undefined where more keys than a page may look at could match. */
  async #few(request: PageRequest, query: FoldedQuery): Promise<Page | undefined> {
    for (const range of query.ranges) {
      const candidates = await this.#fewIn(request, range);
      if (candidates) return this.#among(request, query, candidates);
    }
    // Of one environment or creator, there may be few keys to look at where their names are everyone's.
    if (!isFiltered(request)) return undefined;
    const { isAll } = await this.#walk.count(request, MAX_CANDIDATES + 1);
    if (!isAll) return undefined;
    const { rows, total } = await this.#walk.shortNamed(request, query.folded);
    return pageOf(request, rows, total);
  }

  /** All that the index holds in the range; undefined where that is more than a page may look at, which is remembered. */
  async #fewIn(request: PageRequest, range: SuffixRange): Promise<Candidate[] | undefined> {
    let candidates: Candidate[] = [];
    const held = await this.#totals.upTo(MAX_CANDIDATES + 1, rangeName(request, range), async (limit) => {
      candidates = await this.#candidates(request, range, limit);
      return { found: candidates.length, isAll: candidates.length < limit };
    });
    return held > MAX_CANDIDATES ? undefined : candidates;
  }

  async #among(request: PageRequest, query: FoldedQuery, candidates: readonly Candidate[]): Promise<Page> {
    const positions = candidates.filter((one) => isIn(request, one)).map(({ position }) => position);
    if (!query.isExact) {
      const { rows, total } = await this.#walk.namedAt(request, positions, query.folded);
      return pageOf(request, rows, total);
    }
    const { after, size } = request;
    const behind = positions.filter((position) => after === undefined || position < after);
    const shown = behind.sort().reverse().slice(0, size);
    const rows = await this.#walk.at(request, shown);
    // By the positions: one of them may have been deleted since.
    const next = behind.length > size ? shown.at(-1) : undefined;
    return { keys: rows.map(toRecord), next, total: positions.length };
  }

  /**
   * Keys of the project, of any environment and creator, that the index holds in the range. Bounds instead of a filter:
   * only so does MongoDB answer from the index alone, without a look at the keys themselves.
   */
  #candidates({ scope }: PageRequest, range: SuffixRange, limit: number): Promise<Candidate[]> {
    return this.#keys
      .find<Candidate>(
        {},
        {
          projection: CANDIDATE_PROJECTION,
          hint: "search",
          min: boundAt(scope.projectId, range.$gte),
          max: boundAt(scope.projectId, range.$lt),
        },
      )
      .limit(limit)
      .batchSize(limit)
      .toArray();
  }

  /** Stops at a full page or after `MAX_CANDIDATES` keys. */
  async #many(request: PageRequest, query: FoldedQuery): Promise<Omit<Page, "total">> {
    // Where the next page starts must be known first, and this one end exactly there, whatever comes and goes meanwhile.
    const end = await this.#walk.positionOf(request, MAX_CANDIDATES);
    const rows = await this.#walk.firstNamed(request, query.folded, end);
    const isFull = rows.length === request.size;
    return { keys: rows.map(toRecord), next: isFull ? rows.at(-1)?.position : end };
  }

  /**
   * By name and, where that is cut short, also by age: what one of them comes to the end of is exact. Each looks at
   * `limit` keys at most.
   */
  async #count(request: PageRequest, query: FoldedQuery, limit: number): Promise<Counted> {
    const byName = query.isExact ? await this.#countByName(request, query, limit) : NOTHING_SEEN;
    if (byName.isAll || byName.found >= MAX_TOTAL) return byName;
    const byAge = await this.#walk.countNamed(request, query.folded, limit);
    return byAge.isAll || byAge.found > byName.found ? byAge : byName;
  }

  async #countByName(request: PageRequest, { ranges }: FoldedQuery, limit: number): Promise<Counted> {
    const candidates = await this.#candidates(request, ranges[0], limit);
    const found = candidates.filter((one) => isIn(request, one)).length;
    return { found, isAll: candidates.length < limit };
  }
}

const NOTHING_SEEN: Counted = { found: 0, isAll: false };

/** Among the names of lists: those begin with the project as well, and have more parts. */
const rangeName = ({ scope }: PageRequest, { $gte }: SuffixRange) => JSON.stringify([scope.projectId, $gte]);

const isFiltered = ({ scope, creator }: PageRequest) =>
  scope.environment !== undefined || creator !== undefined;

const isIn = ({ scope, creator }: PageRequest, candidate: Candidate) =>
  (scope.environment === undefined || candidate.environment === scope.environment) &&
  (creator === undefined || candidate.creator === creator);
