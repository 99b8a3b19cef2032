/** How lists are read from their newest key on: along the `browse` indexes, no further than is said. */
import type { Collection, Document, Filter } from "mongodb";
import { ENVIRONMENTS } from "../domain/environment.ts";
import type { KeyDocument } from "./keys.ts";
import type { Counted } from "./known-totals.ts";
import type { PageRequest, Row } from "./page.ts";

export type Keys = Collection<KeyDocument>;

const ROW_PROJECTION = { name_suffixes: 0 } as const;
const NEWEST_FIRST = { position: -1 } as const;
const ALL_ENVIRONMENTS = { $in: ENVIRONMENTS.map(({ number }) => number as number) };

/** The list without query and position, and the index in whose order it is walked. */
interface Browse {
  readonly filter: Filter<KeyDocument>;
  readonly hint: string;
}

function browseOf({ scope: { projectId, environment }, creator }: PageRequest): Browse {
  const project = { project_id: projectId };
  // All environments are as many walks through one index, merged in their order.
  if (creator !== undefined) {
    const filter = { ...project, creator, environment: environment ?? ALL_ENVIRONMENTS };
    return { filter, hint: "browse_creator_environment" };
  }
  if (environment !== undefined) return { filter: { ...project, environment }, hint: "browse_environment" };
  return { filter: project, hint: "browse" };
}

/** The part of the list that is behind the position that the request starts from, down to `end` where one is given. */
function partOf(request: PageRequest, end?: string | undefined): Browse {
  const { filter, hint } = browseOf(request);
  const bounds = {
    ...(request.after !== undefined && { $lt: request.after }),
    ...(end !== undefined && { $gte: end }),
  };
  return { filter: Object.keys(bounds).length === 0 ? filter : { ...filter, position: bounds }, hint };
}

const rowsAt = ({ scope }: PageRequest, positions: readonly string[]): Browse => ({
  filter: { project_id: scope.projectId, position: { $in: [...positions] } },
  hint: "browse",
});

/** Keys whose names contain a text: the page's and one more where there are, and how many there are of any page. */
export interface Named {
  readonly rows: readonly Row[];
  readonly total: number;
}

/** Text against text: a regular expression would give characters of the query a meaning. */
const contains = (folded: string): Document => ({
  $gte: [{ $indexOfCP: ["$name_folded", { $literal: folded }] }, 0],
});

export class Walk {
  readonly #keys: Keys;

  constructor(keys: Keys) {
    this.#keys = keys;
  }

  /** Of the list behind the request's position. */
  first(request: PageRequest, limit: number): Promise<Row[]> {
    return this.#rows(partOf(request), limit);
  }

  /** As many as the request's page has, of keys behind its position and down to `end`. */
  firstNamed(request: PageRequest, folded: string, end: string | undefined): Promise<Row[]> {
    return this.#rows(partOf(request, end), request.size, folded);
  }

  /** Of a list that is known to be short. */
  shortNamed(request: PageRequest, folded: string): Promise<Named> {
    return this.#named(request, browseOf(request), folded);
  }

  /** Of what is at these positions of the project. */
  async namedAt(request: PageRequest, positions: readonly string[], folded: string): Promise<Named> {
    if (positions.length === 0) return { rows: [], total: 0 };
    return this.#named(request, rowsAt(request, positions), folded);
  }

  async at(request: PageRequest, positions: readonly string[]): Promise<Row[]> {
    if (positions.length === 0) return [];
    return this.#rows(rowsAt(request, positions), positions.length);
  }

  /** What does not match never leaves the database. */
  #rows({ filter, hint }: Browse, limit: number, folded?: string): Promise<Row[]> {
    const named = folded === undefined ? {} : { $expr: contains(folded) };
    return this.#keys
      .find<Row>({ ...filter, ...named }, { projection: ROW_PROJECTION, hint })
      .sort(NEWEST_FIRST)
      .limit(limit)
      .batchSize(limit + 1)
      .toArray();
  }

  /** Each key is looked at once, for the page and for the total. */
  async #named({ after, size }: PageRequest, { filter, hint }: Browse, folded: string): Promise<Named> {
    const behind = after === undefined ? [] : [{ $match: { position: { $lt: after } } }];
    const stages = [
      { $match: { ...filter, $expr: contains(folded) } },
      { $sort: NEWEST_FIRST },
      { $project: ROW_PROJECTION },
      { $facet: { rows: [...behind, { $limit: size + 1 }], totals: [{ $count: "total" }] } },
    ];
    const [answer] = await this.#keys
      .aggregate<{ rows: Row[]; totals: { total: number }[] }>(stages, { hint })
      .toArray();
    return { rows: answer?.rows ?? [], total: answer?.totals[0]?.total ?? 0 };
  }

  /** Where the key stands that has this place in the list behind the request's position; undefined: there is none. */
  async positionOf(request: PageRequest, place: number): Promise<string | undefined> {
    const { filter, hint } = partOf(request);
    const [row] = await this.#keys
      .find<Pick<Row, "position">>(filter, { projection: { _id: 0, position: 1 }, hint })
      .sort(NEWEST_FIRST)
      .skip(place - 1)
      .limit(1)
      .toArray();
    return row?.position;
  }

  /** The whole list. The deprecated method: `countDocuments` runs a pipeline that costs several times as much for each key. */
  async count(request: PageRequest, limit: number): Promise<Counted> {
    const { filter, hint } = browseOf(request);
    const found = await this.#keys.count(filter, { limit, hint });
    return { found, isAll: found < limit };
  }

  /** Among the newest keys of the whole list: no more than `limit` are looked at. */
  async countNamed(request: PageRequest, folded: string, limit: number): Promise<Counted> {
    const { filter, hint } = browseOf(request);
    const found = { $sum: { $cond: [contains(folded), 1, 0] } };
    const stages = [
      { $match: filter },
      { $sort: NEWEST_FIRST },
      { $limit: limit },
      { $group: { _id: null, seen: { $sum: 1 }, found } },
    ];
    const [counted] = await this.#keys.aggregate<{ seen: number; found: number }>(stages, { hint }).toArray();
    return counted ? { found: counted.found, isAll: counted.seen < limit } : { found: 0, isAll: true };
  }
}
