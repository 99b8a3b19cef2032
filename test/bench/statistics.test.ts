import { expect, it } from "vitest";
import { median, percentile, ratios, spread } from "../../bench/harness/statistics.ts";

it("the median is the middle value, or the mean of the two in the middle", () => {
  expect(median([3, 1, 2])).toBe(2);
  expect(median([4, 1, 3, 2])).toBe(2.5);
  expect(() => median([])).toThrow(RangeError);
});

it("a percentile is the smallest value that so many do not exceed", () => {
  const twenty = Array.from({ length: 20 }, (_, i) => 20 - i);
  expect(percentile(twenty, 0.95)).toBe(19);
  expect(percentile(twenty, 0.99)).toBe(20);
  expect(percentile(twenty, 0)).toBe(1);
  expect(percentile([7], 0.5)).toBe(7);
  expect(() => percentile([], 0.5)).toThrow(RangeError);
});

it("a spread tells least, median and most", () => {
  expect(spread([5, 1, 9])).toEqual({ min: 1, median: 5, max: 9 });
});

it("a ratio is that of one repeat", () => {
  expect(ratios([2, 9], [1, 3])).toEqual([2, 3]);
  expect(() => ratios([1], [1, 2])).toThrow(RangeError);
});
