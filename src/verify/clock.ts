/** Time, in milliseconds. Leases are judged by the monotonic clock alone; the wall clock only betrays a jump. */
export interface Clock {
  /** Never goes back. Its origin is this process, so that times of two processes are never compared. */
  monotonic(): number;
  wall(): number;
}

export const systemClock: Clock = {
  monotonic: () => performance.now(),
  wall: () => Date.now(),
};

/** Resolves once `ms` have passed by the clock: timers alone may fire early. */
export async function waitFor(ms: number, clock: Clock, signal?: AbortSignal): Promise<void> {
  const end = clock.monotonic() + ms;
  for (let left = ms; left > 0; left = end - clock.monotonic()) {
    signal?.throwIfAborted();
    await new Promise((resolve) => setTimeout(resolve, Math.ceil(left)));
  }
}
