/** The two clear-text ports: HTTP/1.1, and HTTP/2 with prior knowledge. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import {
  createServer as createHttp2Server,
  Http2ServerRequest,
  Http2ServerResponse,
  type ServerHttp2Session,
} from "node:http2";
import type { AddressInfo, Socket } from "node:net";
import type { Address } from "../config.ts";
import { hasUsableAuthority } from "./authority.ts";
import { applyCors } from "./cors.ts";

export type Handler = (
  request: IncomingMessage | Http2ServerRequest,
  response: ServerResponse | Http2ServerResponse,
) => void;

const MAX_HEADER_BYTES = 32_768;
const MAX_HEADER_PAIRS = 128;
const MAX_STREAMS = 256;
const MAX_SESSION_MEMORY_MB = 16;
const MAX_CONNECTIONS = 4_096;
/** How long a client may take to send its headers, or a whole request, in milliseconds. */
const HEADERS_MS = 10_000;
const REQUEST_MS = 60_000;
const IDLE_MS = 300_000;

export interface Door {
  readonly address: Address;
  /** Stops taking connections and waits for the calls under way. */
  drain(): Promise<void>;
  /** Cuts what is left. */
  destroy(): void;
}

const BAD_AUTHORITY = JSON.stringify({ code: "invalid_argument", message: "the Host header cannot be used" });

function refuseAuthority(response: ServerResponse | Http2ServerResponse): void {
  (response as ServerResponse).writeHead(400, { "content-type": "application/json" });
  response.end(BAD_AUTHORITY);
}

/** HTTP/1.1: Connect and gRPC-Web. */
export async function listenHttp(
  address: Address,
  origins: readonly string[],
  handler: Handler,
): Promise<Door> {
  const allowed = new Set(origins);
  const server = createServer(
    {
      maxHeaderSize: MAX_HEADER_BYTES,
      headersTimeout: HEADERS_MS,
      requestTimeout: REQUEST_MS,
      // Ours answers a missing Host as it answers a bad one.
      requireHostHeader: false,
    },
    (request, response) => {
      if (!hasUsableAuthority(request)) return refuseAuthority(response);
      if (!applyCors(allowed, request, response)) handler(request, response);
    },
  );
  server.maxConnections = MAX_CONNECTIONS;
  server.on("clientError", (_, socket) => {
    if (socket.writable)
      socket.end("HTTP/1.1 400 Bad Request\r\nconnection: close\r\ncontent-length: 0\r\n\r\n");
    else socket.destroy();
  });
  const bound = await listen(server, address);
  return {
    address: bound,
    drain: () => {
      server.closeIdleConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
    destroy: () => server.closeAllConnections(),
  };
}

/** HTTP/2 with prior knowledge: gRPC, gRPC-Web and Connect. */
export async function listenHttp2(address: Address, handler: Handler): Promise<Door> {
  const sessions = new Set<ServerHttp2Session>();
  const server = createHttp2Server({
    maxSessionMemory: MAX_SESSION_MEMORY_MB,
    maxHeaderListPairs: MAX_HEADER_PAIRS,
    settings: { maxConcurrentStreams: MAX_STREAMS, maxHeaderListSize: MAX_HEADER_BYTES, enablePush: false },
  });
  server.on("session", (session) => {
    sessions.add(session);
    session.setTimeout(IDLE_MS, () => session.close());
    session.on("error", () => session.destroy());
    session.on("close", () => sessions.delete(session));
  });
  server.on("sessionError", () => {});
  // The stream event rather than the request event: calls that need less than the general handler can be taken here.
  server.on("stream", (stream, headers, _flags, rawHeaders) => {
    stream.on("error", () => {});
    const request = new Http2ServerRequest(stream, headers, {}, rawHeaders as unknown as string[]);
    const response = new Http2ServerResponse(stream);
    if (hasUsableAuthority(request)) handler(request, response);
    else refuseAuthority(response);
  });
  server.on(
    "connection",
    limitConnections(() => sessions.size),
  );
  const bound = await listen(server as unknown as Server, address);
  return {
    address: bound,
    drain: async () => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const session of sessions) session.close();
      await closed;
    },
    destroy: () => {
      for (const session of sessions) session.destroy();
    },
  };
}

const limitConnections = (count: () => number) => (socket: Socket) => {
  socket.on("error", () => socket.destroy());
  if (count() >= MAX_CONNECTIONS) socket.destroy();
};

function listen(server: Server, { host, port }: Address): Promise<Address> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, () => {
      server.off("error", reject);
      resolve({ host, port: (server.address() as AddressInfo).port });
    });
  });
}
