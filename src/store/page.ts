/** What one page of keys is asked for and is made of, and how lists are walked. */
import type { Collection, Filter } from "mongodb";
import { ENVIRONMENTS } from "../domain/environment.ts";
import type { KeyRecord } from "../domain/key.ts";
import type { KeyDocument, KeyScope } from "./keys.ts";

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
  /** How many keys match in all, at most `MAX_TOTAL`. */
  readonly total: number;
}

export type Keys = Collection<KeyDocument>;
export type Row = Omit<KeyDocument, "name_suffixes">;

export const PAGE_PROJECTION = { name_suffixes: 0 } as const;
export const NEWEST_FIRST = { position: -1 } as const;

/** The filter without query and position, and the index in whose order it is walked. */
export interface Browse {
  readonly filter: Filter<KeyDocument>;
  readonly hint: string;
}

const ALL_ENVIRONMENTS = { $in: ENVIRONMENTS.map(({ number }) => number as number) };

export function browseOf({ scope: { projectId, environment }, creator }: PageRequest): Browse {
  const project = { project_id: projectId };
  // All environments are as many walks through one index, merged in their order.
  if (creator !== undefined) {
    const filter = { ...project, creator, environment: environment ?? ALL_ENVIRONMENTS };
    return { filter, hint: "browse_creator_environment" };
  }
  if (environment !== undefined) return { filter: { ...project, environment }, hint: "browse_environment" };
  return { filter: project, hint: "browse" };
}

export const behind = (filter: Filter<KeyDocument>, after: string | undefined): Filter<KeyDocument> =>
  after === undefined ? filter : { ...filter, position: { $lt: after } };
