/** What one page of keys is asked for and is made of. */
import type { KeyRecord } from "../domain/key.ts";
import type { KeyScope } from "./keys.ts";

/** No larger number of matches is told. */
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
  /** How many keys match in all, at most `MAX_TOTAL`; fewer than there are where counting was cut short. */
  readonly total: number;
}

/** Names the list that a request is a page of. `folded`: the query as it is compared. */
export const listOf = ({ scope: { projectId, environment }, creator }: PageRequest, folded = "") =>
  JSON.stringify([projectId, environment ?? 0, creator ?? "", folded]);
