/** What both ports have in common: how they are opened, and how they are left. */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Http2ServerRequest, Http2ServerResponse } from "node:http2";
import { type AddressInfo, createServer, type Server } from "node:net";
import type { Address } from "../config.ts";

export type Request = IncomingMessage | Http2ServerRequest;
export type Response = ServerResponse | Http2ServerResponse;
export type Handler = (request: Request, response: Response) => void;

/** Connections to one port; more are dropped. */
export const MAX_CONNECTIONS = 4_096;
/** All headers of one request together, in bytes: a JWT in the authorization header can be long. */
export const MAX_HEADER_BYTES = 32_768;
/** How long a client may take to send a whole request, in milliseconds. */
export const REQUEST_MS = 60_000;
/** How often requests are looked at that take too long, in milliseconds. */
export const CHECK_MS = 5_000;

/** A connection on which nothing comes or goes for as many milliseconds is closed. */
export const IDLE_MS = 300_000;
/** How long a client may take to read what it is answered last, in milliseconds. */
const READ_MS = 5_000;

/** How long a port keeps its connections. */
export interface ConnectionTimes {
  /** Age at which they are asked to close, in milliseconds. */
  readonly connectionAgeMs: number;
  /** The longest time that any call is given once its request is there, in milliseconds. */
  readonly callTimeoutMs: number;
}

/** From a call's first byte to its last one, at most; in milliseconds. */
export const longestCallMs = ({ callTimeoutMs }: ConnectionTimes) =>
  REQUEST_MS + CHECK_MS + callTimeoutMs + READ_MS;

/** The age of one connection: a tenth more or less, so that those that came together do not all come back together. */
export const spreadAge = (ageMs: number) => ageMs * (0.9 + 0.2 * Math.random());

/** An open port. */
export interface Door {
  /** As it is bound: with the port that was found free where 0 was asked for. */
  readonly address: Address;
  /** Takes no more connections, asks clients to leave, and waits for the calls under way. */
  drain(): Promise<void>;
  /** Cuts what is left. */
  destroy(): void;
}

export const urlOf = ({ address: { host, port } }: Door) =>
  `http://${host.includes(":") ? `[${host}]` : host}:${port}`;

/** A port cannot be opened; the message names it. */
export class ListenError extends Error {
  override readonly name = "ListenError";
}

const REASONS: Readonly<Record<string, string>> = {
  EADDRINUSE: "another program has it",
  EACCES: "this user may not open it",
  EADDRNOTAVAIL: "this machine has no such address",
  ENOTSUP: "this operating system does not let several workers share a port",
  ENOTFOUND: "there is no such host",
};

/** Where a server is to listen. */
export interface Place extends Address {
  /** Whether other processes may listen there too: then the operating system spreads the connections among them. */
  readonly shared?: boolean;
}

/** Throws ListenError. */
export function bind(server: Server, { host, port, shared = false }: Place): Promise<Address> {
  return new Promise((resolve, reject) => {
    const onError = (error: NodeJS.ErrnoException) => {
      const reason = REASONS[error.code ?? ""] ?? error.code;
      reject(new ListenError(`port ${port} of ${host} cannot be opened: ${reason}`, { cause: error }));
    };
    server.once("error", onError);
    server.listen({ port, host, reusePort: shared }, () => {
      server.off("error", onError);
      resolve({ host, port: (server.address() as AddressInfo).port });
    });
  });
}

/**
 * Throws ListenError where somebody listens at one of the addresses already, or two of them are one: what binds a port to
 * share it would join whoever else shares it.
 */
export async function requireFree(addresses: readonly Address[]): Promise<void> {
  const held: Server[] = [];
  try {
    for (const address of addresses) {
      const server = createServer();
      await bind(server, address);
      held.push(server);
    }
  } finally {
    await Promise.all(held.map((server) => new Promise((resolve) => server.close(resolve))));
  }
}

/** Hands a request on; whatever the handler throws ends this request only. */
export function handSafely<Q extends Request, S extends Response>(
  handler: (request: Q, response: S) => void,
  request: Q,
  response: S,
  onFault: (error: unknown) => void,
): void {
  try {
    handler(request, response);
  } catch (error) {
    onFault(error);
    if (!response.headersSent) answerText(response, 500, "internal error");
    else response.destroy();
  }
}

/** A few words for people; errors of rpcs are told in their protocol's own form. */
export function answerText(
  response: Response,
  status: number,
  text: string,
  headers: Record<string, string> = {},
): void {
  response.statusCode = status;
  const all = { "content-type": "text/plain; charset=utf-8", "cache-control": "no-store", ...headers };
  for (const [name, value] of Object.entries(all)) response.setHeader(name, value);
  response.end(`${text}\n`);
}
