/** What Delete waits for: every replica that might hold the key has dropped it, or cannot trust its memory any more. */
import type { Timestamp } from "mongodb";
import { KeyfastError } from "../domain/errors.ts";
import type { LeaseCollection, LeaseId, ListedLease } from "../store/leases.ts";
import type { Clock } from "./clock.ts";
import { waitFor } from "./clock.ts";
import { waitOut } from "./lease.ts";
import type { Acknowledgements, Barrier } from "./revoke.ts";

export interface BarrierOptions {
  readonly leases: Pick<LeaseCollection, "listAfter" | "fence" | "removeFenced">;
  readonly clock: Clock;
  /** How long to wait for an acknowledgement before a lease is fenced, in milliseconds. */
  readonly fenceAfterMs: number;
  /** By how much the rates of two clocks may differ. */
  readonly clockRateMargin: number;
  readonly own: OwnProgress;
}

/** This process's own progress, which needs no look at the database. */
export interface OwnProgress {
  /** Undefined where the lease is not, or no longer, this process's. */
  appliedUnder(id: LeaseId): Timestamp | undefined;
  /** Resolves when `appliedUnder` may next say something else. */
  moved(): Promise<void>;
}

const LIST_MS = 5_000;
/** How often leases are looked at: soon at first, since most replicas answer within milliseconds. */
const FIRST_POLL_MS = 1;
const LAST_POLL_MS = 25;

export function createBarrier(options: BarrierOptions): Barrier {
  return async (time: Timestamp): Promise<Acknowledgements> => {
    const { acknowledged, open } = await untilAcknowledged(options, time);
    if (open.length === 0) return { acknowledged, fenced: 0 };
    const marked = await mark(options, open, time);
    await waitOutAndRemove(options, marked.open);
    return { acknowledged: acknowledged + marked.acknowledged, fenced: marked.open.length };
  };
}

interface Standing {
  /** How many have applied the deletion. */
  readonly acknowledged: number;
  /** Those that have not. */
  readonly open: readonly ListedLease[];
}

/**
 * How leases stand at or after `at`: those of `wanted`, or all. One that has left the list was removed by its replica,
 * which had discarded its memory, or was waited out by another Delete: it is neither open nor acknowledged.
 */
async function standing(
  { leases, own }: BarrierOptions,
  time: Timestamp,
  at: Timestamp,
  wanted?: readonly ListedLease[],
): Promise<Standing> {
  const ids = wanted && new Set(wanted.map(({ id }) => id.toHexString()));
  const listed = (await leases.listAfter(at, LIST_MS)).filter(({ id }) => ids?.has(id.toHexString()) ?? true);
  const hasApplied = ({ id, applied }: ListedLease) =>
    applied.greaterThanOrEqual(time) || own.appliedUnder(id)?.greaterThanOrEqual(time);
  const open = listed.filter((lease) => !hasApplied(lease));
  return { acknowledged: listed.length - open.length, open };
}

/** Gives up on those that do not acknowledge in time, and at once where nobody but fenced ones is left. */
async function untilAcknowledged(options: BarrierOptions, time: Timestamp): Promise<Standing> {
  const { clock, fenceAfterMs, own } = options;
  const end = clock.monotonic() + fenceAfterMs;
  // One list decides: whoever registers later reads the database as of a later time, and cannot see the key.
  let { acknowledged, open } = await standing(options, time, time);
  let pause = FIRST_POLL_MS;
  while (open.some(({ fenced }) => !fenced) && clock.monotonic() < end) {
    if (open.every(({ id }) => own.appliedUnder(id))) {
      await untilMoved(own);
      if (open.every(({ id }) => own.appliedUnder(id)?.greaterThanOrEqual(time))) {
        return { acknowledged: acknowledged + open.length, open: [] };
      }
    } else await waitFor(pause, clock);
    pause = Math.min(pause * 1.5, LAST_POLL_MS);
    const now = await standing(options, time, time, open);
    acknowledged += now.acknowledged;
    open = now.open;
  }
  return { acknowledged, open };
}

/** Until this process has come further, or for as long as there is between two looks at the list. */
function untilMoved(own: OwnProgress): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, LAST_POLL_MS);
    void own.moved().then(() => {
      clearTimeout(timer);
      resolve();
    });
  });
}

/**
 * Marks leases, and looks again: what is open then must be seen marked. A lease that is still live may have missed its
 * mark in some way that nobody thought of, so that nothing is known of it, and there is no wait that would help.
 */
async function mark(
  options: BarrierOptions,
  late: readonly ListedLease[],
  time: Timestamp,
): Promise<Standing> {
  const ids = late.map(({ id }) => id);
  const markedAt = await options.leases.fence(ids, time);
  const now = await standing(options, time, markedAt, late);
  if (now.open.some(({ fenced }) => !fenced)) {
    throw new KeyfastError("DATABASE_UNAVAILABLE", "the deletion cannot be confirmed, try again", {
      cause: "a lease is live after it was marked",
    });
  }
  return now;
}

/**
 * Whoever meets a mark waits the whole time itself: it cannot know when the mark was made. Only what was seen marked
 * before the wait is removed after it: a mark made meanwhile by another Delete has not been waited out yet.
 */
async function waitOutAndRemove(
  { leases, clock, clockRateMargin }: BarrierOptions,
  marked: readonly ListedLease[],
): Promise<void> {
  if (marked.length === 0) return;
  const longest = Math.max(...marked.map(({ lengthMs }) => lengthMs));
  await waitFor(waitOut(longest, clockRateMargin), clock);
  // All is done by now. What cannot be removed stays marked, and costs the next Delete this wait once more.
  await leases.removeFenced(marked.map(({ id }) => id)).catch(() => {});
}
