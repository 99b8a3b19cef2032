/** The HTTP/1.1 port: Connect, gRPC-Web, pages. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { hasUsableAuthority } from "./authority.ts";
import { applyCors } from "./cors.ts";
import { IdleWatch } from "./idle.ts";
import {
  answerText,
  bind,
  CHECK_MS,
  type ConnectionTimes,
  type Door,
  handSafely,
  IDLE_MS,
  longestCallMs,
  MAX_CONNECTIONS,
  MAX_HEADER_BYTES,
  type Place,
  REQUEST_MS,
  spreadAge,
} from "./listen.ts";

/** How long a client may take to send its headers, in milliseconds. */
const HEADERS_MS = 10_000;
/** Longer than the minute for which load balancers keep a connection, so that none is used as it is being closed. */
const KEEP_ALIVE_MS = 65_000;

export interface HttpOptions extends ConnectionTimes {
  /** Origins whose pages may call. */
  readonly corsOrigins: readonly string[];
  readonly handler: (request: IncomingMessage, response: ServerResponse) => void;
  /**
   * Answered on `/healthz`: whether this replica wants calls. It tells of the database too, so no reason to restart.
   * Without it that page is the handler's like any other.
   */
  readonly isServing?: () => Promise<boolean>;
  /** Told what a handler throws. */
  readonly onFault: (error: unknown) => void;
}

export async function listenHttp(address: Place, options: HttpOptions): Promise<Door> {
  const origins = new Set(options.corsOrigins);
  const { isServing } = options;
  const underWay = new CallsUnderWay();
  const server = createServer(
    {
      maxHeaderSize: MAX_HEADER_BYTES,
      headersTimeout: HEADERS_MS,
      requestTimeout: REQUEST_MS,
      connectionsCheckingInterval: CHECK_MS,
      keepAliveTimeout: KEEP_ALIVE_MS,
      // HTTP/1.0 needs none, so that the check below has to be made anyway.
      requireHostHeader: false,
    },
    (request, response) => {
      underWay.add(response);
      if (isOld(request.socket)) response.setHeader("connection", "close");
      if (!hasOneHost(request)) return answerText(response, 400, "the Host header cannot be used");
      if (applyCors(origins, request, response)) return;
      if (isServing && request.url === "/healthz") return void answerHealth(request, response, isServing);
      handSafely(options.handler, request, response, options.onFault);
    },
  );
  server.maxConnections = MAX_CONNECTIONS;
  const retireAt = new WeakMap<Socket, number>();
  const isOld = (socket: Socket) => performance.now() >= (retireAt.get(socket) ?? Number.POSITIVE_INFINITY);
  // Node looks after requests that do not come and connections between two of them, not after answers that nobody reads.
  const idle = new IdleWatch(Math.max(IDLE_MS, longestCallMs(options)));
  server.on("connection", (socket) => {
    idle.add(socket, () => socket.destroy());
    retireAt.set(socket, performance.now() + spreadAge(options.connectionAgeMs));
  });
  const bound = await bind(server, address);
  return {
    address: bound,
    drain: async () => {
      await underWay.drain(server);
      idle.close();
    },
    destroy: () => server.closeAllConnections(),
  };
}

/** Of two Host headers a proxy may have read the other one. */
const hasOneHost = (request: IncomingMessage) =>
  request.headersDistinct.host?.length === 1 && hasUsableAuthority(request.headers, request.url);

async function answerHealth(
  { method }: IncomingMessage,
  response: ServerResponse,
  isServing: () => Promise<boolean>,
): Promise<void> {
  if (method !== "GET" && method !== "HEAD") {
    return answerText(response, 405, "only GET and HEAD are allowed here", { allow: "GET, HEAD" });
  }
  if (await isServing()) answerText(response, 200, "serving");
  else answerText(response, 503, "not serving");
}

/** Answers that are not out yet, so that their connections can be closed behind them instead of being kept for more. */
class CallsUnderWay {
  readonly #responses = new Set<ServerResponse>();
  #draining: Server | undefined;

  add(response: ServerResponse): void {
    this.#responses.add(response);
    if (this.#draining) response.setHeader("connection", "close");
    response.once("close", () => {
      this.#responses.delete(response);
      this.#draining?.closeIdleConnections();
    });
  }

  drain(server: Server): Promise<void> {
    this.#draining = server;
    for (const response of this.#responses) {
      if (!response.headersSent) response.setHeader("connection", "close");
    }
    return new Promise((resolve) => server.close(() => resolve()));
  }
}
