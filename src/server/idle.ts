/**
 * Finds connections on which nothing moves any more, by one look at all of them now and then: Node's own timer for each
 * is set back several times in a call, which is a good part of what a call costs.
 */
import type { Socket } from "node:net";

/** How often connections are looked at in the time after which one is idle. */
const LOOKS = 10;

interface Seen {
  readonly onIdle: () => void;
  /** How many bytes had come and gone. */
  bytes: number;
  /** When it was first seen with as many. */
  since: number;
}

const bytesOf = (socket: Socket) => socket.bytesRead + socket.bytesWritten;

export class IdleWatch {
  readonly #idleMs: number;
  readonly #watched = new Map<Socket, Seen>();
  readonly #timer: NodeJS.Timeout;

  /** A connection is idle when no byte came or went for `idleMs` milliseconds; it is noticed a fifth later at the latest. */
  constructor(idleMs: number) {
    this.#idleMs = idleMs;
    this.#timer = setInterval(() => this.#look(), idleMs / LOOKS).unref();
  }

  /** `onIdle` is called once; after that the connection is no longer watched. */
  add(socket: Socket, onIdle: () => void): void {
    this.#watched.set(socket, { onIdle, bytes: bytesOf(socket), since: performance.now() });
    socket.once("close", () => this.#watched.delete(socket));
  }

  close(): void {
    clearInterval(this.#timer);
  }

  #look(): void {
    const now = performance.now();
    for (const [socket, seen] of this.#watched) {
      const bytes = bytesOf(socket);
      if (bytes !== seen.bytes) {
        seen.bytes = bytes;
        seen.since = now;
      } else if (now - seen.since >= this.#idleMs) {
        this.#watched.delete(socket);
        seen.onIdle();
      }
    }
  }
}
