/**
 * The short path: Verify as unary gRPC, answered on the HTTP/2 stream itself. The framework's general path costs several
 * times what the call itself does. Whatever is unusual goes to the general door untouched; what is taken here is judged
 * by the same functions as there.
 *
 * Connect's unary protocol has none: it is what browsers and people speak, a few calls at a time, and a second way to
 * answer it would be a second set of codecs, error bodies and compressions to keep equal.
 */
import type { IncomingHttpHeaders, ServerHttp2Stream } from "node:http2";
import { ApiKeyService } from "../../gen/keyfast/v1/api_key_service_pb.ts";
import type { Authenticator } from "./authenticate.ts";
import { parseGrpcTimeout } from "./deadline.ts";
import { LateBodies } from "./late-bodies.ts";
import { type HandOver, ShortCall, type ShortCallOptions } from "./short-call.ts";
import { Waiting } from "./waiting.ts";

/** True where the stream was taken; then `handOver` is called at most once, should the request prove to be unusual. */
export type ShortPath = (
  stream: ServerHttp2Stream,
  headers: IncomingHttpHeaders,
  rawHeaders: string[],
  handOver: HandOver,
) => boolean;

export interface ShortPathOptions extends ShortCallOptions {
  readonly configured: Authenticator["configured"];
  /** Aborted at the end of a shutdown. */
  readonly shutdown: AbortSignal;
}

const PATH = `/${ApiKeyService.typeName}/${ApiKeyService.method.verifyApiKey.name}`;
const CONTENT_TYPES: ReadonlySet<string | undefined> = new Set([
  "application/grpc+proto",
  "application/grpc",
]);

/** A body that takes longer than this is the general door's, in milliseconds. */
const BODY_MS = 100;

export function createShortPath(options: ShortPathOptions): ShortPath {
  const late = new LateBodies<ShortCall>(BODY_MS, (call) => call.giveBack());
  const waiting = new Waiting<ShortCall>(options.shutdown);
  return (stream, headers, rawHeaders, handOver) => {
    if (!isUsual(stream, headers)) return false;
    const timeoutMs = parseGrpcTimeout(headers["grpc-timeout"]);
    if (timeoutMs === undefined) return false;
    const caller = options.configured(headers.authorization);
    if (!caller) return false;
    new ShortCall(options, { headers, rawHeaders, caller, timeoutMs, handOver, late, waiting }).take(stream);
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
