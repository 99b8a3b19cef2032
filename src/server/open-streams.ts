/**
 * The streams of the gRPC port that the general door has open. Whoever reaches the port can open them, without a
 * credential, and each holds its headers: so they are bounded in number, and in how long a client may take to send its
 * request. What the short path answers is never here: it takes known callers only, and for a moment.
 */
import { constants, type OutgoingHttpHeaders, type ServerHttp2Stream } from "node:http2";
import { Overdue } from "../rpc/overdue.ts";
import { CHECK_MS, MAX_CONNECTIONS, REQUEST_MS } from "./listen.ts";

/** On all connections together: for each, one that watches the health of the service, and a call. */
export const MAX_OPEN_STREAMS = 2 * MAX_CONNECTIONS;
/** How long a client may leave a stream open whose answer is out, in milliseconds. */
const LINGER_MS = 1_000;

const { NGHTTP2_CANCEL, NGHTTP2_NO_ERROR } = constants;

const closeUnread = (code: number) => (stream: ServerHttp2Stream) => {
  if (!stream.readableEnded) stream.close(code);
};

export class OpenStreams {
  #count = 0;
  // Node's HTTP/1.1 servers bound that by themselves.
  readonly #uploads = new Overdue(REQUEST_MS, CHECK_MS, closeUnread(NGHTTP2_CANCEL));
  readonly #answered = new Overdue(LINGER_MS, LINGER_MS, closeUnread(NGHTTP2_NO_ERROR));

  hasRoom(): boolean {
    return this.#count < MAX_OPEN_STREAMS;
  }

  add(stream: ServerHttp2Stream): void {
    this.#count++;
    if (!stream.endAfterHeaders) this.#uploads.add(stream);
    stream.once("finish", () => this.#dropRest(stream));
    stream.once("close", () => {
      this.#count--;
      this.#uploads.delete(stream);
      this.#answered.delete(stream);
    });
  }

  /**
   * Answers one for which there is no room, and holds nothing of it: the answer is one frame, for which no client has to
   * make room, and behind it comes the reset that RFC 9113, section 8.1, has for requests that need not go on. A reset with
   * REFUSED_STREAM could not say why, and some clients take it for a fault. Of a client that does not read, Node reads no
   * further streams.
   */
  refuse(stream: ServerHttp2Stream, answer: OutgoingHttpHeaders): void {
    // One that its client has reset by now cannot be answered: that would throw.
    if (stream.closed || stream.destroyed) return;
    stream.respond(answer, { endStream: true });
    stream.close(NGHTTP2_NO_ERROR);
  }

  close(): void {
    this.#uploads.close();
    this.#answered.close();
  }

  /**
   * Reads and drops what an answered request still sends, so that its stream can end. The compatibility layer would leave
   * it paused, and to reset it at once could overtake the trailers.
   */
  #dropRest(stream: ServerHttp2Stream): void {
    stream.removeAllListeners("data");
    stream.resume();
    if (!stream.endAfterHeaders && !stream.readableEnded) this.#answered.add(stream);
  }
}
