import { exactTime, relativeTime } from "../model/time.ts";

/** A time in words, exact on hover. */
export const Time = ({ date, now }: { date: Date; now: number }) => (
  <time dateTime={date.toISOString()} title={exactTime(date)}>
    {relativeTime(date, now)}
  </time>
);
