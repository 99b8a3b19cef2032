/** The body of a unary gRPC request, as long as it is the usual one: one frame, not compressed, and then the end. */
import type { ServerHttp2Stream } from "node:http2";

/** One byte of flags and four of length stand before each message. */
export const FRAME_HEADER_BYTES = 5;

export interface FrameReading {
  /** The message, without the header of its frame. */
  readonly onMessage: (message: Buffer) => void;
  /** The request ended within its first frame, or before it. */
  readonly onCut: () => void;
  /** Anything else: the stream is as it was before the first byte was read. */
  readonly onUnusual: () => void;
}

/** Reads until one of the three has been called, or until the stream closes. */
export class FrameReader {
  readonly #stream: ServerHttp2Stream;
  readonly #maxBytes: number;
  readonly #reading: FrameReading;
  #received: Buffer | undefined;
  readonly #onData = (chunk: Buffer) => this.#take(chunk);
  readonly #onEnd = () => this.#end();

  /** Messages above `maxBytes` are unusual. */
  constructor(stream: ServerHttp2Stream, maxBytes: number, reading: FrameReading) {
    this.#stream = stream;
    this.#maxBytes = maxBytes;
    this.#reading = reading;
    stream.on("data", this.#onData);
    stream.on("end", this.#onEnd);
  }

  /** Calls `onUnusual` after putting back what was read. */
  giveBack(): void {
    const stream = this.#stream;
    stream.off("data", this.#onData);
    stream.off("end", this.#onEnd);
    stream.pause();
    if (this.#received) stream.unshift(this.#received);
    this.#reading.onUnusual();
  }

  #take(chunk: Buffer): void {
    const received = this.#received ? Buffer.concat([this.#received, chunk]) : chunk;
    this.#received = received;
    if (!this.#mayBeUsual(received)) this.giveBack();
  }

  #mayBeUsual(received: Buffer): boolean {
    if (received[0] !== 0) return false;
    if (received.length < FRAME_HEADER_BYTES) return true;
    const length = received.readUInt32BE(1);
    return length <= this.#maxBytes && received.length <= FRAME_HEADER_BYTES + length;
  }

  #end(): void {
    const received = this.#received;
    if (received && isWhole(received)) this.#reading.onMessage(received.subarray(FRAME_HEADER_BYTES));
    else this.#reading.onCut();
  }
}

const isWhole = (received: Buffer) =>
  received.length >= FRAME_HEADER_BYTES && received.length === FRAME_HEADER_BYTES + received.readUInt32BE(1);
