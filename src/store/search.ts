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

/** How many parts of a longer query are looked up; together they reach over four times `SUFFIX_LENGTH`. */
const MAX_PARTS = 4;

/** Suffixes that start with one text. */
export interface SuffixRange {
  readonly $gte: string;
  readonly $lt: string;
}

export interface FoldedQuery {
  readonly folded: string;
  /**
   * Each of them holds every match. More than one for a query that is longer than suffixes are, the range of its end
   * first: names that are made by programs begin alike and end in what tells them apart.
   */
  readonly ranges: readonly [SuffixRange, ...SuffixRange[]];
  /** Whether the range holds matches only; otherwise the folded name must be looked at. */
  readonly isExact: boolean;
}

/** Undefined where folding leaves nothing: every name contains nothing. */
export function indexQuery(query: string): FoldedQuery | undefined {
  const folded = foldText(query);
  if (folded === "") return undefined;
  const points = Array.from(folded);
  const rangeAt = (start: number) => rangeOf(points.slice(start, start + SUFFIX_LENGTH).join(""));
  const [last, ...others] = startsOfParts(points.length);
  const ranges = [rangeAt(last), ...others.map(rangeAt)] as const;
  return { folded, ranges, isExact: points.length <= SUFFIX_LENGTH };
}

/** Where the parts of so many code points begin: spread evenly, the last part first. */
function startsOfParts(length: number): readonly [number, ...number[]] {
  const last = Math.max(0, length - SUFFIX_LENGTH);
  const starts = Array.from({ length: MAX_PARTS }, (_, part) => Math.round((last * part) / (MAX_PARTS - 1)));
  const others = new Set(starts.reverse());
  others.delete(last);
  return [last, ...others];
}

/** Longer than any suffix, of the highest code point: nothing that is stored with the same beginning sorts after it. */
const BEHIND_ALL = "\u{10FFFF}".repeat(SUFFIX_LENGTH);

/** MongoDB compares strings as UTF-8 bytes, and so by code points. */
const rangeOf = (start: string): SuffixRange => ({ $gte: start, $lt: `${start}${BEHIND_ALL}` });
