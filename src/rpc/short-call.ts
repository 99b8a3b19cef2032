/**
 * One call on the short path, from its headers to its answer.
 *
 * It is made for little garbage: the listeners are the same for all calls and find theirs at the stream, and a call that
 * is over lets go of all that it held. Node's handles of streams outlive several collections of young objects, and would
 * take with them whatever can be reached from them.
 */
import type { IncomingHttpHeaders, ServerHttp2Stream } from "node:http2";
import type { Caller } from "../domain/caller.ts";
import { KeyfastError } from "../domain/errors.ts";
import type { CallMetrics, Outcome } from "../metrics/call-metrics.ts";
import type { Verification, Verify } from "../verify/verifier.ts";
import { authorizeMethod } from "./authorize.ts";
import { noteStart } from "./call-start.ts";
import { canceled } from "./deadline.ts";
import { grpcErrorHeaders, reasonOf } from "./errors.ts";
import { mayBePlainFrame } from "./frame.ts";
import type { LateBodies } from "./late-bodies.ts";
import { MAX_MESSAGE_BYTES } from "./limits.ts";
import { readQuestion } from "./question.ts";
import type { RequestValidator } from "./validate.ts";
import { toVerificationFrame } from "./verification-frame.ts";
import type { Waiting } from "./waiting.ts";

export interface ShortCallOptions {
  readonly validator: RequestValidator;
  readonly verify: Verify;
  readonly metrics: CallMetrics;
  /** The server's limit for any call, in milliseconds. */
  readonly callTimeoutMs: number;
  /** Told of what calls fail with, with its cause. */
  readonly onFault: (error: unknown, method: string) => void;
}

/** Serves a stream as if nothing had been read from it. */
export type HandOver = (
  stream: ServerHttp2Stream,
  headers: IncomingHttpHeaders,
  rawHeaders: string[],
) => void;

export interface Taken {
  readonly headers: IncomingHttpHeaders;
  readonly rawHeaders: string[];
  readonly caller: Caller;
  /** What the caller gives the call, in milliseconds; endless where it does not say. */
  readonly timeoutMs: number;
  readonly handOver: HandOver;
  readonly late: LateBodies<ShortCall>;
  /** Calls that wait for MongoDB. */
  readonly waiting: Waiting<ShortCall>;
}

const callOf = Symbol("call");
type Stream = ServerHttp2Stream & { [callOf]?: ShortCall | undefined };

const CONTENT_TYPE = "application/grpc+proto";
/** Eight digits: the most that `grpc-timeout` may have. */
const MAX_TIMEOUT_MS = 99_999_999;
const WITH_TRAILERS = { waitForTrailers: true };
const OK_TRAILERS = { "grpc-status": "0" };

function onData(this: Stream, chunk: Buffer): void {
  this[callOf]?.receive(chunk);
}

function onEnd(this: Stream): void {
  this[callOf]?.end();
}

function onWantTrailers(this: Stream): void {
  this.sendTrailers(OK_TRAILERS);
}

function onClose(this: Stream): void {
  this[callOf]?.giveUp(canceled());
}

/** A stream that its client resets without an error ends like a whole request, and cannot be answered: that would throw. */
const isGone = (stream: Stream) => stream.closed || stream.destroyed;

export class ShortCall {
  readonly #options: ShortCallOptions;
  readonly #startedAt = performance.now();
  /** Undefined once the call is over. */
  #taken: Taken | undefined;
  #stream: Stream | undefined;
  #received: Buffer | undefined;
  /** Whether more of the body is waited for. */
  isReading = true;

  constructor(options: ShortCallOptions, taken: Taken) {
    this.#options = options;
    this.#taken = taken;
  }

  take(stream: ServerHttp2Stream): void {
    this.#stream = stream;
    this.#stream[callOf] = this;
    stream.on("data", onData);
    stream.on("end", onEnd);
    this.#taken?.late.add(this);
  }

  receive(chunk: Buffer): void {
    const received = this.#received ? Buffer.concat([this.#received, chunk]) : chunk;
    this.#received = received;
    if (!mayBePlainFrame(received, MAX_MESSAGE_BYTES)) this.giveBack();
  }

  /** To the general door, with what was read put back, and with what is left of the caller's time. */
  giveBack(): void {
    const stream = this.#stream;
    const taken = this.#taken;
    const received = this.#received;
    const leftMs = Math.ceil(Math.max(0, this.#callersMs()));
    this.#letGo();
    if (!stream || !taken) return;
    if (isGone(stream)) {
      this.#record("CANCELED", 0);
      return;
    }
    stream.off("data", onData);
    stream.off("end", onEnd);
    stream.pause();
    if (received) stream.unshift(received);
    const { headers, rawHeaders, handOver } = taken;
    // A time with more digits than gRPC allows stays as it was told: what has passed of it is nothing.
    if (leftMs <= MAX_TIMEOUT_MS) headers["grpc-timeout"] = `${leftMs}m`;
    noteStart(stream, this.#startedAt);
    handOver(stream, headers, rawHeaders);
  }

  end(): void {
    const { verify, validator } = this.#options;
    const taken = this.#taken;
    if (!taken) return;
    this.isReading = false;
    try {
      if (this.#callersMs() <= 0) throw new KeyfastError("DEADLINE_EXCEEDED", "the deadline has passed");
      authorizeMethod(taken.caller, "VerifyApiKey");
      const answer = verify(readQuestion(validator, taken.caller, this.#received), taken.caller);
      if (answer instanceof Promise) void this.#answerLater(answer, taken.waiting);
      else this.#answer(answer);
    } catch (error) {
      this.#fail(error);
    }
  }

  /** What is left of the time that the caller gives. The server's own limit counts from the whole request on. */
  #callersMs(): number {
    return (this.#taken?.timeoutMs ?? 0) - (performance.now() - this.#startedAt);
  }

  async #answerLater(answer: Promise<Verification>, waiting: Waiting<ShortCall>): Promise<void> {
    this.#stream?.on("close", onClose);
    waiting.add(this, Math.min(this.#callersMs(), this.#options.callTimeoutMs));
    try {
      this.#answer(await answer);
    } catch (error) {
      this.giveUp(error);
    } finally {
      waiting.delete(this);
    }
  }

  /** Ends a call that is still under way: with an error, or, where its client hung up, by counting it. */
  giveUp(error: unknown): void {
    if (this.#taken) this.#fail(error);
  }

  #answer(answer: Verification): void {
    if (!this.#taken) return;
    // Before the call lets go: what goes wrong here must still be told.
    const frame = toVerificationFrame(answer);
    const stream = this.#letGo();
    if (!stream || isGone(stream)) {
      this.#record("CANCELED", 0);
      return;
    }
    stream.respond(answerHeaders(), WITH_TRAILERS);
    stream.on("wantTrailers", onWantTrailers);
    stream.end(frame);
    this.#record("OK", answer.verdict);
  }

  /** Errors are told in the headers of an answer without a body. */
  #fail(error: unknown): void {
    this.#options.onFault(error, "VerifyApiKey");
    const stream = this.#letGo();
    // What a reset stream had sent is judged as if it were all of it.
    this.#record(stream && isGone(stream) ? "CANCELED" : reasonOf(error), 0);
    if (!stream || isGone(stream) || stream.headersSent) return;
    stream.respond({ ":status": 200, ...grpcErrorHeaders(CONTENT_TYPE, error) }, { endStream: true });
  }

  #record(outcome: Outcome, verdict: number): void {
    const seconds = (performance.now() - this.#startedAt) / 1_000;
    this.#options.metrics.record("VerifyApiKey", outcome, verdict, seconds);
  }

  /** The stream, which knows nothing of this call from now on. */
  #letGo(): Stream | undefined {
    const stream = this.#stream;
    if (stream) stream[callOf] = undefined;
    this.isReading = false;
    this.#stream = undefined;
    this.#taken = undefined;
    this.#received = undefined;
    return stream;
  }
}

/** As a list: Node takes it as it is, where of an object it makes a copy first. It adds the date. */
const answerHeaders = () => [":status", "200", "content-type", CONTENT_TYPE];
