/**
 * When calls began that go from the short path to the general door, which sees them later than their clients sent them.
 * It is noted beside their streams, where nothing that a client sends can reach.
 */
import type { IncomingMessage } from "node:http";
import type { Http2ServerRequest, ServerHttp2Stream } from "node:http2";

const starts = new WeakMap<ServerHttp2Stream, number>();

/** `startedAt`: by the monotonic clock, in milliseconds. */
export function noteStart(stream: ServerHttp2Stream, startedAt: number): void {
  starts.set(stream, startedAt);
}

/** As it was noted; undefined for a call that came to the general door at once. */
export const startOf = (request: IncomingMessage | Http2ServerRequest): number | undefined =>
  "stream" in request ? starts.get(request.stream) : undefined;
