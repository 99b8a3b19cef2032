/**
 * Pages of keys whose name contains a text. What matches few keys is found through the index of names; what matches more
 * than one page may look at, by walking from the newest key on and keeping what matches.
 */
import { type Document, MaxKey, MinKey } from "mongodb";
import { toRecord } from "./keys.ts";
import type { KnownTotals } from "./known-totals.ts";
import {
  behind,
  browseOf,
  type Keys,
  MAX_TOTAL,
  NEWEST_FIRST,
  PAGE_PROJECTION,
  type Page,
  type PageRequest,
  type Row,
} from "./page.ts";
import type { FoldedQuery } from "./search.ts";

/** How many keys a search looks at for one page. */
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

/** Text against text: a regular expression would give characters of the query a meaning. */
const nameContains = (text: string) => ({
  $expr: { $gte: [{ $indexOfCP: ["$name_folded", { $literal: text }] }, 0] },
});

export class NameSearch {
  readonly #keys: Keys;
  readonly #totals: KnownTotals;

  constructor(keys: Keys, totals: KnownTotals) {
    this.#keys = keys;
    this.#totals = totals;
  }

  /** `list` names what the request is a page of, but for the query. */
  async page(request: PageRequest, query: FoldedQuery, list: string): Promise<Page> {
    const all = JSON.stringify([request.scope.projectId, "", query.folded]);
    if (!this.#totals.isAtLeast(all, MAX_CANDIDATES + 1)) {
      const candidates = await this.#candidates(request, query, MAX_CANDIDATES + 1);
      if (candidates.length <= MAX_CANDIDATES) return this.#few(request, query, candidates);
    }
    const one = isFiltered(request) || !query.exact ? JSON.stringify([list, query.folded]) : all;
    const count = (limit: number) => this.#count(request, query, limit);
    const [page, total] = await Promise.all([
      this.#many(request, query),
      this.#totals.upTo(MAX_TOTAL, one, count),
    ]);
    return { ...page, total };
  }

  /**
   * Keys of the project, of any environment and creator, that the index holds in the query's range. Bounds instead of a
   * filter: only so does MongoDB answer from the index alone, without a look at the keys themselves.
   */
  #candidates({ scope }: PageRequest, { range }: FoldedQuery, limit: number): Promise<Candidate[]> {
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

  async #few(request: PageRequest, query: FoldedQuery, candidates: readonly Candidate[]): Promise<Page> {
    const inList = candidates.filter((candidate) => isIn(request, candidate)).map(({ position }) => position);
    const matches = query.exact ? inList : await this.#containing(request, query, inList);
    const positions = matches
      .filter((position) => request.after === undefined || position < request.after)
      .sort()
      .reverse()
      .slice(0, request.size + 1);
    const rows = positions.length === 0 ? [] : await this.#rowsAt(request, positions);
    // A match that was deleted in between is missing from the rows; the next page must start behind it all the same.
    const shown = rows.filter((row) => positions.indexOf(row.position) < request.size);
    const next = positions.length > request.size ? positions[request.size - 1] : undefined;
    return { keys: shown.map(toRecord), next, total: matches.length };
  }

  /** For a query that is longer than what the index holds of a name. */
  async #containing(request: PageRequest, query: FoldedQuery, positions: string[]): Promise<string[]> {
    const rows = await this.#rowsAt(request, positions);
    return rows.filter((row) => row.name_folded.includes(query.folded)).map(({ position }) => position);
  }

  #rowsAt({ scope }: PageRequest, positions: readonly string[]): Promise<Row[]> {
    const filter = { project_id: scope.projectId, position: { $in: [...positions] } };
    return this.#keys
      .find<Row>(filter, { projection: PAGE_PROJECTION, hint: "browse" })
      .sort(NEWEST_FIRST)
      .batchSize(positions.length + 1)
      .toArray();
  }

  /** Stops at a full page or after `MAX_CANDIDATES` keys. */
  async #many(request: PageRequest, query: FoldedQuery): Promise<Omit<Page, "total">> {
    const rows = await this.#walk(request, query, [{ $limit: MAX_CANDIDATES }]);
    if (rows.length === request.size) return { keys: rows.map(toRecord), next: rows.at(-1)?.position };
    // Where the next page starts must be said first, and this one end exactly there, whatever comes and goes meanwhile.
    const end = await this.#lastCandidate(request);
    const untilEnd = end === undefined ? [] : [{ $match: { position: { $gte: end } } }];
    const all = await this.#walk(request, query, untilEnd);
    const isFull = all.length === request.size;
    return { keys: all.map(toRecord), next: isFull ? all.at(-1)?.position : end };
  }

  /** From the newest key on, all in the database: what does not match never leaves it. */
  #walk(request: PageRequest, query: FoldedQuery, limit: readonly Document[]): Promise<Row[]> {
    const { filter, hint } = browseOf(request);
    const stages = [
      { $match: behind(filter, request.after) },
      { $sort: NEWEST_FIRST },
      ...limit,
      { $match: nameContains(query.folded) },
      { $limit: request.size },
      { $project: PAGE_PROJECTION },
    ];
    return this.#keys.aggregate<Row>(stages, { hint, batchSize: request.size + 1 }).toArray();
  }

  /** The position of the last key that one page may look at; undefined where the list ends before. */
  async #lastCandidate(request: PageRequest): Promise<string | undefined> {
    const { filter, hint } = browseOf(request);
    const [last] = await this.#keys
      .find<Pick<Row, "position">>(behind(filter, request.after), {
        projection: { _id: 0, position: 1 },
        hint,
      })
      .sort(NEWEST_FIRST)
      .skip(MAX_CANDIDATES - 1)
      .limit(1)
      .toArray();
    return last?.position;
  }

  async #count(request: PageRequest, query: FoldedQuery, limit: number): Promise<number> {
    if (!isFiltered(request) && query.exact) return (await this.#candidates(request, query, limit)).length;
    const { filter, hint } = browseOf(request);
    return this.#keys.countDocuments({ ...filter, ...nameContains(query.folded) }, { limit, hint });
  }
}

const isFiltered = ({ scope, creator }: PageRequest) =>
  scope.environment !== undefined || creator !== undefined;

const isIn = ({ scope, creator }: PageRequest, candidate: Candidate) =>
  (scope.environment === undefined || candidate.environment === scope.environment) &&
  (creator === undefined || candidate.creator === creator);
