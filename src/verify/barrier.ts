/** What Delete waits for: every replica that might hold the key has dropped it, or cannot trust its memory any more. */
import type { Timestamp } from "mongodb";
import type { LeaseCollection, LeaseId, ListedLease } from "../store/leases.ts";
import type { Clock } from "./clock.ts";
import { waitFor } from "./clock.ts";
import { waitOut } from "./lease.ts";
import type { Acknowledgements, Barrier } from "./revoke.ts";

export interface BarrierOptions {
  readonly leases: LeaseCollection;
  readonly clock: Clock;
  /** How long to wait for an acknowledgement before a lease is fenced, in milliseconds. */
  readonly fenceAfterMs: number;
  /** By how much the rates of two clocks may differ. */
  readonly clockRateMargin: number;
  /** This process's own progress, which needs no look at the database. */
  readonly own: { appliedUnder(id: LeaseId): Timestamp | undefined };
}

const LIST_MS = 5_000;
/** How often leases are looked at: soon at first, since most replicas answer within milliseconds. */
const FIRST_POLL_MS = 1;
const LAST_POLL_MS = 25;

export function createBarrier(options: BarrierOptions): Barrier {
  return async (time: Timestamp): Promise<Acknowledgements> => {
    // One list decides: whoever registers later reads the database as of a later time, and cannot see the key.
    const listed = await options.leases.listAfter(time, LIST_MS);
    const late = await untilAcknowledged(options, listed, time);
    const fenced = late.length > 0 ? await fence(options, late, time) : 0;
    return { acknowledged: listed.length - fenced, fenced };
  };
}

/** Those of the listed leases that have not acknowledged in time, or are fenced. */
async function untilAcknowledged(
  { leases, clock, fenceAfterMs, own }: BarrierOptions,
  listed: readonly ListedLease[],
  time: Timestamp,
): Promise<ListedLease[]> {
  const end = clock.monotonic() + fenceAfterMs;
  const isDone = (lease: ListedLease) =>
    !time.greaterThan(lease.applied) || !time.greaterThan(own.appliedUnder(lease.id) ?? lease.applied);
  let open = listed.filter((lease) => !isDone(lease));
  for (
    let pause = FIRST_POLL_MS;
    open.some((lease) => !lease.fenced);
    pause = Math.min(pause * 1.5, LAST_POLL_MS)
  ) {
    if (clock.monotonic() >= end) break;
    await waitFor(pause, clock);
    const wanted = new Set(open.map((lease) => lease.id.toHexString()));
    const now = await leases.listAfter(time, LIST_MS);
    // A lease that has left the list was removed by its replica, which had discarded its memory, or was waited out.
    open = now.filter((lease) => wanted.has(lease.id.toHexString()) && !isDone(lease));
  }
  return open;
}

/**
 * Marks, waits, removes; how many had to be waited for. Whoever meets a mark waits the whole time itself: it cannot
 * know when the mark was made. Only what was seen marked before the wait is removed after it: a mark made meanwhile by
 * another Delete has not been waited out yet.
 */
async function fence(
  { leases, clock, clockRateMargin }: BarrierOptions,
  late: readonly ListedLease[],
  time: Timestamp,
): Promise<number> {
  const ids = late.map((lease) => lease.id);
  await leases.fence(ids, time);
  const wanted = new Set(ids.map((id) => id.toHexString()));
  const marked = (await leases.listAfter(time, LIST_MS)).filter(
    (lease) => lease.fenced && wanted.has(lease.id.toHexString()),
  );
  if (marked.length === 0) return 0;
  const longest = Math.max(...marked.map((lease) => lease.lengthMs));
  await waitFor(waitOut(longest, clockRateMargin), clock);
  await leases.removeFenced(marked.map((lease) => lease.id));
  return marked.length;
}
