/** Both kinds of door with a handler of the test's own, and clients below the level at which one behaves. */
import { once } from "node:events";
import type { ServerResponse } from "node:http";
import { type ClientHttp2Session, connect as connectHttp2 } from "node:http2";
import { connect, type Socket } from "node:net";
import { onTestFinished } from "vitest";
import { listenHttp } from "../../../src/server/http1.ts";
import { listenHttp2 } from "../../../src/server/http2.ts";
import type { Door, Handler } from "../../../src/server/listen.ts";

/** The longest time that any call is given behind these doors, in milliseconds. */
export const CALL_MS = 30_000;
const ANY_PORT = { host: "127.0.0.1", port: 0 };

export interface OpenDoor extends Door {
  readonly url: string;
  /** What handlers threw. */
  readonly faults: unknown[];
}

const echo: Handler = (_, response) => void response.end("handled");

export interface DoorOptions {
  readonly handler?: Handler;
  readonly corsOrigins?: readonly string[];
  readonly isServing?: () => Promise<boolean>;
  readonly connectionAgeMs?: number;
}

const timesOf = ({ connectionAgeMs = 600_000 }: DoorOptions) => ({ connectionAgeMs, callTimeoutMs: CALL_MS });

export const openHttp = (options: DoorOptions = {}) =>
  opened((handler, onFault) =>
    listenHttp(ANY_PORT, {
      handler,
      onFault,
      ...timesOf(options),
      corsOrigins: options.corsOrigins ?? [],
      isServing: options.isServing ?? (async () => true),
    }),
  )(options.handler);

export const openHttp2 = (options: DoorOptions = {}) =>
  opened((handler, onFault) => listenHttp2(ANY_PORT, { handler, onFault, ...timesOf(options) }))(
    options.handler,
  );

function opened(listen: (handler: Handler, onFault: (error: unknown) => void) => Promise<Door>) {
  return async (handler: Handler = echo): Promise<OpenDoor> => {
    const faults: unknown[] = [];
    const door = await listen(handler, (error) => void faults.push(error));
    onTestFinished(async () => {
      const drained = door.drain();
      door.destroy();
      await drained;
    });
    return { ...door, faults, url: `http://127.0.0.1:${door.address.port}` };
  };
}

/** A bare TCP connection to the door. */
export async function dial({ address }: Door): Promise<Socket> {
  const socket = connect(address.port, address.host);
  onTestFinished(() => void socket.destroy());
  await once(socket, "connect");
  return socket;
}

/** Reads until the text holds `end`, or the other side closes. */
export async function readUntil(socket: Socket, end: string): Promise<string> {
  let text = "";
  for await (const chunk of socket.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    text += chunk.toString("latin1");
    if (text.includes(end)) break;
  }
  return text;
}

export async function openSession({ url }: OpenDoor): Promise<ClientHttp2Session> {
  const session = connectHttp2(url);
  onTestFinished(() => void session.destroy());
  session.on("error", () => {});
  await once(session, "remoteSettings");
  return session;
}

/** A handler that answers nothing by itself: the test gets the response, and may. */
export function parked(): { readonly handler: Handler; readonly arrived: Promise<ServerResponse> } {
  const { promise, resolve } = Promise.withResolvers<ServerResponse>();
  // What both kinds of response have in common is all that is used.
  return { handler: (_, response) => resolve(response as ServerResponse), arrived: promise };
}
