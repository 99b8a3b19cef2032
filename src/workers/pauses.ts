/** How long to wait before a worker is replaced: longer for each that did not last, so that a fault does not fill a machine. */

const FIRST_PAUSE_MS = 100;
const LAST_PAUSE_MS = 10_000;
/** A worker that served for longer than this, in milliseconds, did last. */
const LASTING_MS = 60_000;

/** Of one worker and those that come in its place. */
export class Pauses {
  #nextMs = FIRST_PAUSE_MS;

  /** In milliseconds, behind one that served for `servedMs`: 0 where it could not even start. */
  after(servedMs: number): number {
    const pauseMs = servedMs > LASTING_MS ? FIRST_PAUSE_MS : this.#nextMs;
    this.#nextMs = Math.min(pauseMs * 2, LAST_PAUSE_MS);
    return pauseMs;
  }
}
