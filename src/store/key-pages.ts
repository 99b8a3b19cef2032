/** Pages of keys, newest first, with work bounded by the page and not by the project. */
import type { Collection, Filter, FindCursor } from "mongodb";
import type { KeyRecord } from "../domain/key.ts";
import { attempt } from "./connection.ts";
import { type KeyDocument, type KeyScope, scopeFilter, toRecord } from "./keys.ts";
import { type FoldedQuery, indexQuery } from "./search.ts";

/** How many keys a search looks at for one page. */
export const MAX_CANDIDATES = 2_000;
/** Up to here the number of matches is exact. */
export const MAX_TOTAL = 10_000;

export interface PageRequest {
  readonly scope: KeyScope;
  readonly creator: string | undefined;
  /** Text that names must contain; empty: any name. */
  readonly query: string;
  /** Only keys behind this position; undefined: from the newest on. */
  readonly after: string | undefined;
  readonly size: number;
}

export interface Page {
  readonly keys: readonly KeyRecord[];
  /** Where the next page starts, or undefined at the end. */
  readonly next: string | undefined;
}

type Keys = Collection<KeyDocument>;
type Row = KeyDocument;

const PAGE_PROJECTION = { name_suffixes: 0 } as const;

function baseFilter(request: PageRequest): Filter<KeyDocument> {
  const filter = scopeFilter(request.scope);
  return request.creator === undefined ? filter : { ...filter, creator: request.creator };
}

const behind = (request: PageRequest): Filter<KeyDocument> =>
  request.after === undefined
    ? baseFilter(request)
    : { ...baseFilter(request), position: { $lt: request.after } };

export class KeyPages {
  readonly #keys: Keys;

  constructor(keys: Keys) {
    this.#keys = keys;
  }

  /** One page of keys. */
  find(request: PageRequest): Promise<Page> {
    const query = indexQuery(request.query);
    return attempt(() => (query ? searchPage(this.#keys, request, query) : browsePage(this.#keys, request)));
  }

  /** How many keys match, at most `MAX_TOTAL`. */
  count(request: PageRequest): Promise<number> {
    const query = indexQuery(request.query);
    const filter = query ? searchFilter(request, query) : baseFilter(request);
    const hint = query ? { hint: "search" } : {};
    return attempt(() => this.#keys.countDocuments(filter, { limit: MAX_TOTAL, ...hint }));
  }
}

function searchFilter(request: PageRequest, query: FoldedQuery): Filter<KeyDocument> {
  // One suffix must be in the range: without $elemMatch, two suffixes may meet one bound each.
  const filter = {
    ...baseFilter(request),
    name_suffixes: { $elemMatch: query.range },
  } as Filter<KeyDocument>;
  return query.exact ? filter : { ...filter, $expr: nameContains(query.folded) };
}

/** Text against text: a regular expression would give characters of the query a meaning. */
const nameContains = (text: string) => ({
  $gte: [{ $indexOfCP: ["$name_folded", { $literal: text }] }, 0],
});

const newestFirst = (cursor: FindCursor<Row>) => cursor.sort({ position: -1 });

async function browsePage(keys: Keys, request: PageRequest): Promise<Page> {
  const cursor = keys.find(behind(request), { projection: PAGE_PROJECTION });
  const rows = await newestFirst(cursor)
    .limit(request.size + 1)
    .toArray();
  return pageOf(rows, request.size);
}

function pageOf(rows: readonly Row[], size: number): Page {
  const shown = rows.slice(0, size);
  return { keys: shown.map(toRecord), next: rows.length > size ? shown.at(-1)?.position : undefined };
}

async function searchPage(keys: Keys, request: PageRequest, query: FoldedQuery): Promise<Page> {
  const matches = await allMatches(keys, request, query);
  return matches ? fewMatches(keys, request, matches) : manyMatches(keys, request, query);
}

/** The positions of all matches, read from the index alone; undefined where there are more than one page may look at. */
async function allMatches(keys: Keys, request: PageRequest, query: FoldedQuery) {
  const rows = await keys
    .find(searchFilter(request, query), { projection: { _id: 0, position: 1 }, hint: "search" })
    .limit(MAX_CANDIDATES + 1)
    .batchSize(MAX_CANDIDATES + 1)
    .toArray();
  return rows.length > MAX_CANDIDATES ? undefined : rows.map((row) => row.position);
}

async function fewMatches(keys: Keys, request: PageRequest, matches: string[]): Promise<Page> {
  const positions = matches
    .filter((position) => request.after === undefined || position < request.after)
    .sort()
    .reverse()
    .slice(0, request.size + 1);
  if (positions.length === 0) return { keys: [], next: undefined };
  const filter = { project_id: request.scope.projectId, position: { $in: positions } };
  const rows = await newestFirst(
    keys.find(filter, { projection: PAGE_PROJECTION, hint: "browse" }),
  ).toArray();
  // A match that was deleted in between is missing from the rows; the next page must start behind it all the same.
  const shown = rows.filter((row) => positions.indexOf(row.position) < request.size);
  const next = positions.length > request.size ? positions[request.size - 1] : undefined;
  return { keys: shown.map(toRecord), next };
}

/** Walks from the newest key on and keeps what matches; stops at a full page or after `MAX_CANDIDATES`. */
async function manyMatches(keys: Keys, request: PageRequest, query: FoldedQuery): Promise<Page> {
  const cursor = newestFirst(keys.find(behind(request), { projection: PAGE_PROJECTION }))
    .limit(MAX_CANDIDATES)
    .batchSize(Math.min(request.size * 4, MAX_CANDIDATES));
  const found: Row[] = [];
  let looked = 0;
  let last: string | undefined;
  for await (const row of cursor) {
    if (row.name_folded.includes(query.folded)) {
      if (found.length === request.size) break;
      found.push(row);
    }
    looked++;
    last = row.position;
  }
  const ended = looked < MAX_CANDIDATES && found.length < request.size;
  return { keys: found.map(toRecord), next: ended ? undefined : last };
}
