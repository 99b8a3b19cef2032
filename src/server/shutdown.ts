/** Leaving in order, so that no caller is told that its call failed because a replica was stopped. */
import { setTimeout as delay } from "node:timers/promises";
import type { Door } from "./listen.ts";

/** What calls that were ended get to send their answers, in milliseconds. */
const FLUSH_MS = 500;

export interface Departure {
  readonly doors: readonly Door[];
  /** Says from now on, to whoever asks, that this replica wants no more calls. */
  readonly stopServing: () => void;
  /** Between saying so and closing the doors, in milliseconds: until load balancers have noticed. */
  readonly delayMs: number;
  /** What the calls under way get to end, in milliseconds. */
  readonly limitMs: number;
  /** Ends the calls that are under way after that. */
  readonly endCalls: () => void;
}

/** Resolves when both doors are closed and no call is left. */
export async function depart({ doors, stopServing, delayMs, limitMs, endCalls }: Departure): Promise<void> {
  stopServing();
  if (delayMs > 0) await delay(delayMs);
  const drained = Promise.all(doors.map((door) => door.drain()));
  if (await isDone(drained, limitMs)) return;
  endCalls();
  if (await isDone(drained, FLUSH_MS)) return;
  for (const door of doors) door.destroy();
  await drained;
}

async function isDone(work: Promise<unknown>, limitMs: number): Promise<boolean> {
  const stop = new AbortController();
  const late = delay(limitMs, false, { signal: stop.signal }).catch(() => false);
  const done = await Promise.race([work.then(() => true), late]);
  stop.abort();
  return done;
}
