/**
 * The short path: Verify as unary gRPC, answered on the HTTP/2 stream itself. The framework's general path costs several
 * times what the call itself does. Whatever is unusual goes to the general door untouched; what is taken here is judged
 * by the same functions as there.
 */
import type { IncomingHttpHeaders, ServerHttp2Stream } from "node:http2";
import { fromBinary } from "@bufbuild/protobuf";
import { ApiKeyService, VerifyApiKeyRequestSchema } from "../../gen/keyfast/v1/api_key_service_pb.ts";
import type { Caller } from "../domain/caller.ts";
import { KeyfastError } from "../domain/errors.ts";
import type { Question, Verification, Verify } from "../verify/verifier.ts";
import type { Authenticator } from "./authenticate.ts";
import { authorizeMethod, authorizeProject } from "./authorize.ts";
import { checkMessage } from "./check.ts";
import { parseGrpcTimeout, withinDeadline } from "./deadline.ts";
import { grpcErrorHeaders } from "./errors.ts";
import { FrameReader } from "./frame.ts";
import { MAX_MESSAGE_BYTES } from "./limits.ts";
import { Overdue } from "./overdue.ts";
import { readPlainQuestion } from "./plain-question.ts";
import type { RequestValidator } from "./validate.ts";
import { toVerificationFrame } from "./verification-frame.ts";

/** True where the stream was taken; then `handOver` is called at most once, should the request prove to be unusual. */
export type ShortPath = (
  stream: ServerHttp2Stream,
  headers: IncomingHttpHeaders,
  handOver: () => void,
) => boolean;

export interface ShortPathOptions {
  readonly configured: Authenticator["configured"];
  readonly validator: RequestValidator;
  readonly verify: Verify;
  /** The server's limit for any call, in milliseconds. */
  readonly callTimeoutMs: number;
  /** Aborted at the end of a shutdown. */
  readonly shutdown: AbortSignal;
  /** Told of what calls fail with, with its cause. */
  readonly onFault: (error: unknown, method: string) => void;
}

const PATH = `/${ApiKeyService.typeName}/${ApiKeyService.method.verifyApiKey.name}`;
const CONTENT_TYPE = "application/grpc+proto";
const CONTENT_TYPES: ReadonlySet<string | undefined> = new Set([CONTENT_TYPE, "application/grpc"]);

/** A body that takes longer than this is the general door's, in milliseconds; looked at as often. */
const BODY_MS = 100;

export function createShortPath(options: ShortPathOptions): ShortPath {
  const slow = new Overdue<ShortCall>(BODY_MS, BODY_MS, (call) => call.giveUp());
  return (stream, headers, handOver) => {
    if (!isUsual(stream, headers)) return false;
    const timeoutMs = parseGrpcTimeout(headers["grpc-timeout"]);
    if (timeoutMs === undefined) return false;
    const caller = options.configured(headers.authorization);
    if (!caller) return false;
    new ShortCall(options, { stream, headers, caller, timeoutMs, handOver, slow });
    return true;
  };
}

function isUsual(stream: ServerHttp2Stream, headers: IncomingHttpHeaders): boolean {
  return (
    headers[":path"] === PATH &&
    headers[":method"] === "POST" &&
    CONTENT_TYPES.has(headers["content-type"]) &&
    isIdentity(headers["grpc-encoding"]) &&
    !stream.endAfterHeaders
  );
}

const isIdentity = (encoding: unknown) => encoding === undefined || encoding === "identity";

interface Taken {
  readonly stream: ServerHttp2Stream;
  readonly headers: IncomingHttpHeaders;
  readonly caller: Caller;
  /** What the caller gives the call, in milliseconds; endless where it does not say. */
  readonly timeoutMs: number;
  readonly handOver: () => void;
  readonly slow: Overdue<ShortCall>;
}

/** One call, from its headers to its answer. */
class ShortCall {
  readonly #options: ShortPathOptions;
  readonly #call: Taken;
  readonly #startedAt = performance.now();
  readonly #reader: FrameReader;

  constructor(options: ShortPathOptions, call: Taken) {
    this.#options = options;
    this.#call = call;
    call.slow.add(this);
    this.#reader = new FrameReader(call.stream, MAX_MESSAGE_BYTES, {
      onMessage: (message) => this.#handle(message),
      onCut: () => this.#handle(undefined),
      onUnusual: () => this.#handOver(),
    });
  }

  /** To the general door, which counts its deadline from now. */
  giveUp(): void {
    if (!isGone(this.#call.stream)) this.#reader.giveBack();
  }

  #handOver(): void {
    const { headers, timeoutMs, handOver, slow } = this.#call;
    slow.delete(this);
    if (Number.isFinite(timeoutMs)) headers["grpc-timeout"] = `${Math.ceil(Math.max(0, this.#leftMs()))}m`;
    handOver();
  }

  #leftMs(): number {
    const limitMs = Math.min(this.#call.timeoutMs, this.#options.callTimeoutMs);
    return limitMs - (performance.now() - this.#startedAt);
  }

  /** Undefined: what came was no message. */
  #handle(message: Buffer | undefined): void {
    const { stream, caller, slow } = this.#call;
    slow.delete(this);
    if (isGone(stream)) return;
    try {
      if (this.#leftMs() <= 0) throw new KeyfastError("DEADLINE_EXCEEDED", "the deadline has passed");
      authorizeMethod(caller, "VerifyApiKey");
      if (!message) throw unreadable();
      const question = readQuestion(this.#options.validator, caller, message);
      const answer = this.#options.verify(question, caller);
      if (answer instanceof Promise) void this.#answerLater(answer);
      else this.#answer(answer);
    } catch (error) {
      this.#fail(error);
    }
  }

  async #answerLater(answer: Promise<Verification>): Promise<void> {
    const { stream } = this.#call;
    const { shutdown } = this.#options;
    const hangUp = new AbortController();
    stream.on("close", () => hangUp.abort());
    // Where the shutdown came first nobody waits for it any more, and it may fail all the same.
    answer.catch(ignore);
    try {
      const signal = AbortSignal.any([hangUp.signal, shutdown]);
      this.#answer(await withinDeadline(signal, this.#leftMs(), () => answer));
    } catch (error) {
      this.#fail(error);
    }
  }

  #answer(answer: Verification): void {
    const { stream } = this.#call;
    if (isGone(stream)) return;
    const frame = toVerificationFrame(answer);
    stream.respond(ANSWER_HEADERS, WITH_TRAILERS);
    stream.on("wantTrailers", sendOk);
    stream.end(frame);
  }

  /** Errors are told in the headers of an answer without a body. */
  #fail(error: unknown): void {
    const { stream } = this.#call;
    this.#options.onFault(error, "VerifyApiKey");
    if (isGone(stream) || stream.headersSent) return;
    stream.respond({ ":status": 200, ...grpcErrorHeaders(CONTENT_TYPE, error) }, { endStream: true });
  }
}

/** A stream that its client resets without an error ends like a whole request, and cannot be answered: that would throw. */
const isGone = (stream: ServerHttp2Stream) => stream.closed || stream.destroyed;

const ignore = () => {};

const ANSWER_HEADERS = { ":status": 200, "content-type": CONTENT_TYPE };
const WITH_TRAILERS = { waitForTrailers: true };
const OK_TRAILERS = { "grpc-status": "0" };

function sendOk(this: ServerHttp2Stream): void {
  this.sendTrailers(OK_TRAILERS);
}

const unreadable = (cause?: unknown) =>
  new KeyfastError("MESSAGE_UNREADABLE", "the message cannot be read", { cause });

/** Whatever way it is read, the same holds of it: the caller may ask it, and its fields keep their rules. */
function readQuestion(validator: RequestValidator, caller: Caller, message: Buffer): Question {
  const plain = readPlainQuestion(message);
  if (plain) {
    authorizeProject(caller, plain.projectId);
    return plain;
  }
  const request = decode(message);
  checkMessage(validator, caller, VerifyApiKeyRequestSchema, request);
  return request;
}

function decode(message: Uint8Array) {
  try {
    return fromBinary(VerifyApiKeyRequestSchema, message);
  } catch (cause) {
    throw unreadable(cause);
  }
}
