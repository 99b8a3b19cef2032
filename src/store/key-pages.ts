/** Pages of a project's keys, newest first: all of them, or those that a search finds. */
import { attempt } from "./connection.ts";
import type { KnownTotals } from "./known-totals.ts";
import { NameSearch } from "./name-search.ts";
import { listOf, MAX_TOTAL, type Page, type PageRequest, pageOf } from "./page.ts";
import { indexQuery } from "./search.ts";
import { type Keys, Walk } from "./walk.ts";

export class KeyPages {
  readonly #walk: Walk;
  readonly #totals: KnownTotals;
  readonly #search: NameSearch;

  constructor(keys: Keys, totals: KnownTotals) {
    this.#walk = new Walk(keys);
    this.#totals = totals;
    this.#search = new NameSearch(keys, this.#walk, totals);
  }

  /**
   * One page of keys. It costs the page's own keys, or those that a search may look at for one, and the count of a total
   * that is not known: never more because the project is larger.
   */
  find(request: PageRequest): Promise<Page> {
    const query = indexQuery(request.query);
    return attempt(() => (query ? this.#search.page(request, query) : this.#browse(request)));
  }

  async #browse(request: PageRequest): Promise<Page> {
    const [rows, total] = await Promise.all([
      this.#walk.first(request, request.size + 1),
      this.#totals.upTo(MAX_TOTAL, listOf(request), (limit) => this.#walk.count(request, limit)),
    ]);
    return pageOf(request, rows, total);
  }
}
