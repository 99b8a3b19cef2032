/** The port for HTTP/2 with prior knowledge: gRPC, gRPC-Web, Connect. */
import {
  createServer,
  Http2ServerRequest,
  Http2ServerResponse,
  type IncomingHttpHeaders,
  type OutgoingHttpHeaders,
  type ServerHttp2Stream,
} from "node:http2";
import type { Server, Socket } from "node:net";
import type { ShortPath } from "../rpc/short-path.ts";
import { hasUsableAuthority } from "./authority.ts";
import { IdleWatch } from "./idle.ts";
import {
  answerText,
  bind,
  type ConnectionTimes,
  type Door,
  type Handler,
  handSafely,
  IDLE_MS,
  longestCallMs,
  MAX_CONNECTIONS,
  MAX_HEADER_BYTES,
  type Place,
  spreadAge,
} from "./listen.ts";
import { OpenStreams } from "./open-streams.ts";
import { Retirement } from "./retire.ts";

/** Calls at a time on one connection. */
const MAX_STREAMS = 256;
const MAX_HEADER_PAIRS = 128;
const MAX_SESSION_MEMORY_MB = 16;
/** When a silent connection is first probed for a peer that is gone, in milliseconds. */
const PROBE_MS = 30_000;

export interface Http2Options extends ConnectionTimes {
  readonly handler: Handler;
  /** Is shown every request first. */
  readonly shortPath?: ShortPath | undefined;
  /** What a request is told for which there is no room: an answer without a body. */
  readonly overloaded?: ((headers: IncomingHttpHeaders) => OutgoingHttpHeaders) | undefined;
  /** Told what a handler throws. */
  readonly onFault: (error: unknown) => void;
}

export async function listenHttp2(address: Place, options: Http2Options): Promise<Door> {
  const connections = new Set<Retirement>();
  const idle = new IdleWatch(IDLE_MS);
  const { shortPath, overloaded = unavailable } = options;
  const streams = new OpenStreams();
  const server = createServer({
    maxSessionMemory: MAX_SESSION_MEMORY_MB,
    maxHeaderListPairs: MAX_HEADER_PAIRS,
    settings: { maxConcurrentStreams: MAX_STREAMS, maxHeaderListSize: MAX_HEADER_BYTES, enablePush: false },
  });
  server.maxConnections = MAX_CONNECTIONS;
  // Ahead of Node's own listener, which makes the session and tells of it within this very event.
  let connecting: Socket;
  server.prependListener("connection", (socket) => {
    connecting = socket;
    socket.setKeepAlive(true, PROBE_MS);
    socket.on("error", () => socket.destroy());
  });
  server.on("session", (session) => {
    const socket = connecting;
    session.on("error", () => session.destroy());
    const retirement = new Retirement(session, socket, {
      ageMs: spreadAge(options.connectionAgeMs),
      longestCallMs: longestCallMs(options),
    });
    connections.add(retirement);
    idle.add(socket, () => retirement.close());
    socket.once("close", () => connections.delete(retirement));
  });
  const serve = (stream: ServerHttp2Stream, headers: IncomingHttpHeaders, rawHeaders: string[]) => {
    if (!streams.hasRoom()) {
      streams.refuse(stream, overloaded(headers));
      return undefined;
    }
    streams.add(stream);
    const request = new Http2ServerRequest(stream, headers, {}, rawHeaders);
    const response = new Http2ServerResponse(stream);
    if (hasUsableAuthority(headers)) handSafely(options.handler, request, response, options.onFault);
    else answerText(response, 400, "the authority cannot be used");
    return request;
  };
  const serveRest = (stream: ServerHttp2Stream, headers: IncomingHttpHeaders, rawHeaders: string[]) => {
    // What was put back flows again once the request has begun to listen.
    serve(stream, headers, rawHeaders)?.read(0);
    stream.resume();
  };
  // Below the request event, whose objects cost more than a call that needs none of them.
  server.on("stream", (stream, headers, _flags, rawHeaders) => {
    // A peer that resets its stream is no fault of ours, and the compatibility layer tells the handler.
    stream.on("error", ignore);
    const raw = rawHeaders as unknown as string[];
    if (hasUsableAuthority(headers) && shortPath?.(stream, headers, raw, serveRest)) return;
    serve(stream, headers, raw);
  });
  const bound = await bind(server as unknown as Server, address);
  return {
    address: bound,
    // Sends GOAWAY on each connection: calls under way go on, new ones the client makes elsewhere.
    drain: async () => {
      await new Promise<void>((resolve) => server.close(() => resolve()));
      streams.close();
      idle.close();
    },
    destroy: () => {
      for (const connection of connections) connection.cut();
    },
  };
}

const ignore = () => {};
const unavailable = () => ({ ":status": 503 });
