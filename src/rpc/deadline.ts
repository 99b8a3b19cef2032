/** Answering in time, whatever the work is doing. */
import { ConnectError } from "@connectrpc/connect";
import { KeyfastError } from "../domain/errors.ts";

/** The longest delay that a timer takes, in milliseconds: about 24 days. A longer one would fire at once. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/** Milliseconds in each unit of `grpc-timeout`. */
const UNITS_MS: Readonly<Record<string, number>> = {
  H: 3_600_000,
  M: 60_000,
  S: 1_000,
  m: 1,
  u: 1e-3,
  n: 1e-6,
};

/** What a `grpc-timeout` gives a call, in milliseconds: endless where there is none, undefined where it is malformed. */
export function parseGrpcTimeout(header: unknown): number | undefined {
  if (header === undefined) return Number.POSITIVE_INFINITY;
  const [, digits, unit = ""] = /^(\d{1,8})([HMSmun])$/.exec(String(header)) ?? [];
  return digits === undefined ? undefined : Number(digits) * (UNITS_MS[unit] ?? 0);
}

/**
 * Drops a well-formed deadline that no timer can hold: the framework would take it for one that has passed. The
 * server's own limit ends the call long before.
 */
export function dropEndlessDeadlines(headers: Record<string, unknown>): void {
  if ((parseGrpcTimeout(headers["grpc-timeout"]) ?? 0) > MAX_TIMER_MS) delete headers["grpc-timeout"];
  const connect = String(headers["connect-timeout-ms"] ?? "");
  if (/^\d{1,10}$/.test(connect) && Number(connect) > MAX_TIMER_MS) delete headers["connect-timeout-ms"];
}

export const canceled = (cause?: unknown) => new KeyfastError("CANCELED", "the call was canceled", { cause });

export const tookTooLong = () => new KeyfastError("DEADLINE_EXCEEDED", "the call took too long");

/** The framework's own reason where it has one. A caller that hung up leaves a bare AbortError, which is no fault of ours. */
export const givenUp = ({ reason }: AbortSignal) =>
  reason instanceof ConnectError ? reason : canceled(reason);

/**
 * What `work` comes to, or the caller's deadline or hang-up, or DEADLINE_EXCEEDED after `limitMs` milliseconds,
 * whichever is first. The work itself goes on.
 */
export async function withinDeadline<T>(
  signal: AbortSignal,
  limitMs: number,
  work: () => T | Promise<T>,
): Promise<T> {
  if (signal.aborted) throw givenUp(signal);
  let giveUp: (reason: unknown) => void = () => {};
  const given = new Promise<never>((_, reject) => {
    giveUp = reject;
  });
  const onAbort = () => giveUp(givenUp(signal));
  signal.addEventListener("abort", onAbort, { once: true });
  const timer = setTimeout(() => giveUp(tookTooLong()), limitMs);
  try {
    return await Promise.race([work(), given]);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", onAbort);
  }
}
