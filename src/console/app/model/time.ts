/** Times in words. Everything is told in the browser's own time zone. */
import { type Timestamp, timestampDate } from "@bufbuild/protobuf/wkt";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

/** Keys older than this should be rotated. */
const ROTATE_AFTER_MS = 90 * DAY;

/** Each with its length, and from which distance on it is used: days are told as long as the 90 of a rotation matter. */
const UNITS: readonly (readonly [Intl.RelativeTimeFormatUnit, number, number])[] = [
  ["year", 365 * DAY, 365 * DAY],
  ["month", 30 * DAY, 100 * DAY],
  ["day", DAY, DAY],
  ["hour", HOUR, HOUR],
  ["minute", MINUTE, MINUTE],
];

const relative = new Intl.RelativeTimeFormat("en", { numeric: "always" });
const exact = new Intl.DateTimeFormat("en", { dateStyle: "medium", timeStyle: "long" });
const day = new Intl.DateTimeFormat("en", { dateStyle: "medium" });
const clock = new Intl.DateTimeFormat("en", { timeStyle: "medium" });

export const dateOf = (timestamp: Timestamp | undefined) => timestamp && timestampDate(timestamp);

/** By the browser's clock, as every age here. */
export const isPast = (date: Date | undefined, now: number) => date !== undefined && date.getTime() <= now;

/**
 * Such as `3 months ago` or `in 2 days`; `just now` within the minute. What is past is told in whole units; what is ahead
 * in the nearest, so that a key made just now for 90 days expires in 90.
 */
export function relativeTime(date: Date, now: number): string {
  const distance = date.getTime() - now;
  for (const [unit, length, from] of UNITS) {
    const units = distance / length;
    if (Math.abs(distance) >= from)
      return relative.format(units > 0 ? Math.round(units) : Math.trunc(units), unit);
  }
  return "just now";
}

export const exactTime = (date: Date) => exact.format(date);
export const dayOf = (date: Date) => day.format(date);
export const clockTime = (date: Date) => clock.format(date);

export const ageInDays = (date: Date, now: number) => Math.floor((now - date.getTime()) / DAY);

export const isDueForRotation = (created: Date, now: number) => now - created.getTime() > ROTATE_AFTER_MS;
