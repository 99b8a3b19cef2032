import { attempt } from "./connection.ts";
import { toRecord } from "./keys.ts";
import type { KnownTotals } from "./known-totals.ts";
import { NameSearch } from "./name-search.ts";
import {
  type Browse,
  behind,
  browseOf,
  type Keys,
  MAX_TOTAL,
  NEWEST_FIRST,
  PAGE_PROJECTION,
  type Page,
  type PageRequest,
} from "./page.ts";
import { indexQuery } from "./search.ts";

/** Names the list that a request is a page of. */
const listOf = ({ scope: { projectId, environment }, creator }: PageRequest) =>
  JSON.stringify([projectId, environment ?? 0, creator ?? ""]);

export class KeyPages {
  readonly #keys: Keys;
  readonly #totals: KnownTotals;
  readonly #search: NameSearch;

  constructor(keys: Keys, totals: KnownTotals) {
    this.#keys = keys;
    this.#totals = totals;
    this.#search = new NameSearch(keys, totals);
  }

  /** One page of keys. */
  find(request: PageRequest): Promise<Page> {
    const query = indexQuery(request.query);
    return attempt(() =>
      query ? this.#search.page(request, query, listOf(request)) : this.#browse(request),
    );
  }

  async #browse(request: PageRequest): Promise<Page> {
    const { filter, hint } = browseOf(request);
    const [rows, total] = await Promise.all([
      this.#keys
        .find(behind(filter, request.after), { projection: PAGE_PROJECTION, hint })
        .sort(NEWEST_FIRST)
        .limit(request.size + 1)
        .toArray(),
      this.#totals.upTo(MAX_TOTAL, listOf(request), (limit) => this.#count({ filter, hint }, limit)),
    ]);
    const shown = rows.slice(0, request.size);
    const next = rows.length > request.size ? shown.at(-1)?.position : undefined;
    return { keys: shown.map(toRecord), next, total };
  }

  /** The deprecated method: `countDocuments` runs a pipeline that costs several times as much for each key. */
  #count({ filter, hint }: Browse, limit: number): Promise<number> {
    return this.#keys.count(filter, { limit, hint });
  }
}
