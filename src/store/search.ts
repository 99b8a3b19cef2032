/**
 * How a name is found by any part of it: every suffix of the folded name is an index key, so that a substring query is
 * a prefix range, exact and without a look at names that do not match.
 */
import { foldText } from "../domain/name.ts";

/** Suffixes are cut to this many code points, so that one long name costs short index keys. */
export const SUFFIX_LENGTH = 32;

/** The most suffixes that a name can have: 100 code points, each of which unfolds into 18 at most (U+FDFA). */
const MAX_SUFFIXES = 1_800;

export interface FoldedName {
  readonly folded: string;
  readonly suffixes: readonly string[];
}

export function indexName(name: string): FoldedName {
  const folded = foldText(name);
  const points = Array.from(folded);
  const suffixes = new Set<string>();
  for (let start = 0; start < Math.min(points.length, MAX_SUFFIXES); start++) {
    suffixes.add(points.slice(start, start + SUFFIX_LENGTH).join(""));
  }
  return { folded, suffixes: [...suffixes] };
}

export interface FoldedQuery {
  readonly folded: string;
  /** The range of suffixes that start with the query, or with its first `SUFFIX_LENGTH` code points. */
  readonly range: { readonly $gte: string; readonly $lt: string };
  /** Whether the range holds matches only; otherwise the folded name must be looked at. */
  readonly exact: boolean;
}

/** Undefined where folding leaves nothing: every name contains nothing. */
export function indexQuery(query: string): FoldedQuery | undefined {
  const folded = foldText(query);
  if (folded === "") return undefined;
  const points = Array.from(folded);
  const start = points.slice(0, SUFFIX_LENGTH).join("");
  // MongoDB compares strings as UTF-8 bytes, so nothing with this prefix sorts after the highest code point.
  const range = { $gte: start, $lt: `${start}\u{10FFFF}\u{10FFFF}` };
  return { folded, range, exact: points.length <= SUFFIX_LENGTH };
}
