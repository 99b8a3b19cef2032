/** Moves the client of an HTTP/2 connection to another one, without losing any call that is under way. */
import type { ServerHttp2Session } from "node:http2";
import type { Socket } from "node:net";

/**
 * GOAWAY on stream 0, NO_ERROR, with the highest stream there can be: "make no new streams here, all that you have made
 * are served". RFC 9113, section 6.8, wants it before the one that names the last stream, which would refuse what the
 * client has sent meanwhile. Node can only send that last one.
 */
const NOTICE = Buffer.from("0000080700000000007fffffff00000000", "hex");
/** Longer than a round trip, in milliseconds. */
const NOTICE_MS = 2_000;
/** For how much of its age beyond it an old connection is left to make the next call. */
const PATIENCE = 0.1;

export interface RetirementTimes {
  /** Age at which the client is asked to leave, in milliseconds. */
  readonly ageMs: number;
  /** How long a call may take that was begun before it left, in milliseconds. */
  readonly longestCallMs: number;
}

/**
 * One connection on its way out: it grows old, its client gets notice, takes no more calls, and in the end is cut. There
 * is one timer, for the next of these steps.
 */
export class Retirement {
  readonly #session: ServerHttp2Session;
  readonly #socket: Socket;
  readonly #longestCallMs: number;
  #timer: NodeJS.Timeout | undefined;
  #isClosing = false;

  /** `socket` must be the connection's own, below the session: the session writes whole frames, so that one more fits between. */
  constructor(session: ServerHttp2Session, socket: Socket, { ageMs, longestCallMs }: RetirementTimes) {
    this.#session = session;
    this.#socket = socket;
    this.#longestCallMs = longestCallMs;
    this.#after(ageMs, () => this.#awaitCall(ageMs * PATIENCE));
    socket.once("close", () => clearTimeout(this.#timer));
  }

  /** Takes no more calls, and ends when those under way have, or could have. */
  close(): void {
    if (this.#isClosing) return;
    this.#isClosing = true;
    this.#session.off("stream", this.#giveNotice);
    this.#session.close();
    this.#after(this.#longestCallMs, () => this.cut());
  }

  /** At once. A session that is closing would wait for its client to close the socket as well. */
  cut(): void {
    this.#session.destroy();
    this.#socket.destroy();
  }

  /** A client that makes one call after the other waits for an answer just then, so that no call of its crosses the notice. */
  #awaitCall(ms: number): void {
    this.#session.once("stream", this.#giveNotice);
    this.#after(ms, this.#giveNotice);
  }

  readonly #giveNotice = (): void => {
    this.#session.off("stream", this.#giveNotice);
    // To a client that has said GOAWAY itself there is nothing to tell; still it may never close its connection.
    if (!this.#session.closed && !this.#session.destroyed) this.#socket.write(NOTICE);
    this.#after(NOTICE_MS, () => this.close());
  };

  #after(ms: number, step: () => void): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(step, ms).unref();
  }
}
