/** What one page of keys is asked for and is made of. */
import type { KeyRecord } from "../domain/key.ts";
import { type KeyDocument, type KeyScope, toRecord } from "./keys.ts";

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

/** What a page is made from. */
export type Row = Omit<KeyDocument, "name_suffixes">;

/** `rows`: the page's, and one more where the list goes on. */
export function pageOf({ size }: PageRequest, rows: readonly Row[], total: number): Page {
  const shown = rows.slice(0, size);
  const next = rows.length > size ? shown.at(-1)?.position : undefined;
  return { keys: shown.map(toRecord), next, total };
}

/** Names the list that a request is a page of. `folded`: the query as it is compared. */
export const listOf = ({ scope: { projectId, environment }, creator }: PageRequest, folded = "") =>
  JSON.stringify([projectId, environment ?? 0, creator ?? "", folded]);
