/** The few statistics that the bench needs, each said exactly. */

export interface Spread {
  readonly min: number;
  readonly median: number;
  readonly max: number;
}

/** The middle value, or the mean of the two in the middle. Throws RangeError where there is none. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const low = sorted[Math.floor((sorted.length - 1) / 2)];
  const high = sorted[Math.floor(sorted.length / 2)];
  if (low === undefined || high === undefined) throw new RangeError("nothing has no median");
  return (low + high) / 2;
}

export function spread(values: readonly number[]): Spread {
  return { min: Math.min(...values), median: median(values), max: Math.max(...values) };
}

/** Nearest rank: the smallest value that at least `share` (0 to 1) of all values do not exceed. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  // The subtraction keeps 0.95 * 20, which is a little above 19 in floating point, from asking for the 20th.
  const rank = Math.max(1, Math.ceil(share * sorted.length - 1e-9));
  const value = sorted[rank - 1];
  if (value === undefined) throw new RangeError("nothing has no percentile");
  return value;
}

/** `a[i] / b[i]`: each repeat against its own counterpart, so that what changes between repeats cancels out. */
export function ratios(a: readonly number[], b: readonly number[]): number[] {
  if (a.length !== b.length) throw new RangeError("ratios need one counterpart for each value");
  return a.map((value, index) => value / (b[index] ?? Number.NaN));
}
