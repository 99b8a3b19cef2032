/** The port for HTTP/2 with prior knowledge: gRPC, gRPC-Web, Connect. */
import {
  constants,
  createServer,
  Http2ServerRequest,
  Http2ServerResponse,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from "node:http2";
import type { Server } from "node:net";
import type { Address } from "../config.ts";
import { hasUsableAuthority } from "./authority.ts";
import {
  answerText,
  bind,
  CHECK_MS,
  type Door,
  type Handler,
  handSafely,
  MAX_CONNECTIONS,
  MAX_HEADER_BYTES,
  REQUEST_MS,
} from "./listen.ts";

/** Calls at a time on one connection. */
const MAX_STREAMS = 256;
const MAX_HEADER_PAIRS = 128;
const MAX_SESSION_MEMORY_MB = 16;
/** A connection without any traffic is asked to close after this many milliseconds. */
const IDLE_MS = 300_000;
/** When a silent connection is first probed for a peer that is gone, in milliseconds. */
const PROBE_MS = 30_000;

export interface Http2Options {
  readonly handler: Handler;
  /** Told what a handler throws. */
  readonly onFault: (error: unknown) => void;
}

export async function listenHttp2(address: Address, options: Http2Options): Promise<Door> {
  const sessions = new Set<ServerHttp2Session>();
  const uploads = new Uploads();
  const server = createServer({
    maxSessionMemory: MAX_SESSION_MEMORY_MB,
    maxHeaderListPairs: MAX_HEADER_PAIRS,
    settings: { maxConcurrentStreams: MAX_STREAMS, maxHeaderListSize: MAX_HEADER_BYTES, enablePush: false },
  });
  server.maxConnections = MAX_CONNECTIONS;
  server.on("connection", (socket) => {
    socket.setKeepAlive(true, PROBE_MS);
    socket.on("error", () => socket.destroy());
  });
  server.on("session", (session) => {
    sessions.add(session);
    session.setTimeout(IDLE_MS, () => session.close());
    session.on("error", () => session.destroy());
    session.on("close", () => sessions.delete(session));
  });
  // Below the request event, so that a call which needs less than the general handler can be taken from here.
  server.on("stream", (stream, headers, _flags, rawHeaders) => {
    // A peer that resets its stream is no fault of ours, and the compatibility layer tells the handler.
    stream.on("error", () => {});
    uploads.add(stream);
    stream.once("finish", () => dropRest(stream));
    const request = new Http2ServerRequest(stream, headers, {}, rawHeaders as unknown as string[]);
    const response = new Http2ServerResponse(stream);
    if (hasUsableAuthority(request)) handSafely(options.handler, request, response, options.onFault);
    else answerText(response, 400, "the authority cannot be used");
  });
  const bound = await bind(server as unknown as Server, address);
  return {
    address: bound,
    // Sends GOAWAY on each connection: calls under way go on, new ones the client makes elsewhere.
    drain: async () => {
      await new Promise<void>((resolve) => server.close(() => resolve()));
      uploads.close();
    },
    destroy: () => {
      for (const session of sessions) session.destroy();
    },
  };
}

/**
 * Reads and drops what an answered request still sends, so that its stream can end. The compatibility layer would leave
 * it paused, and to reset it could overtake the trailers.
 */
function dropRest(stream: ServerHttp2Stream): void {
  stream.removeAllListeners("data");
  stream.resume();
}

/** Bounds how long clients take to send their requests: what HTTP/1.1 servers of Node do by themselves. */
class Uploads {
  /** In the order of their start. */
  readonly #started = new Map<ServerHttp2Stream, number>();
  readonly #timer = setInterval(() => this.#check(performance.now() - REQUEST_MS), CHECK_MS).unref();

  add(stream: ServerHttp2Stream): void {
    if (stream.endAfterHeaders) return;
    this.#started.set(stream, performance.now());
    stream.once("close", () => this.#started.delete(stream));
  }

  close(): void {
    clearInterval(this.#timer);
  }

  #check(startedBefore: number): void {
    for (const [stream, start] of this.#started) {
      if (start > startedBefore) return;
      this.#started.delete(stream);
      if (!stream.readableEnded) stream.close(constants.NGHTTP2_CANCEL);
    }
  }
}
