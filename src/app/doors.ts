/** The ports, which open last, when everything behind them is ready. */
import type { Address, AppConfig } from "../config.ts";
import { createConsole } from "../console/console.ts";
import { consoleOptions } from "../console/options.ts";
import type { Logger } from "../log.ts";
import { listenHttp } from "../server/http1.ts";
import { listenHttp2 } from "../server/http2.ts";
import type { Door, Handler } from "../server/listen.ts";
import { listenMetrics } from "../server/metrics.ts";
import type { Serving } from "./serving.ts";

export interface DoorParts {
  /** One suite of tests runs against both doors. */
  readonly withoutShortPath?: boolean;
  /** Other workers listen on the same ports. */
  readonly sharedPorts?: boolean;
  /** Told the path of each request that the general door gets on the gRPC port: the short path answers the others. */
  readonly onGeneralDoor?: (path: string) => void;
}

export interface Doors {
  readonly grpc: Door;
  readonly http: Door;
  /** Undefined where no metrics are shown. */
  readonly metrics: Door | undefined;
}

/** Throws ListenError where one of them cannot be opened; then none is left open. */
export async function openDoors(
  config: AppConfig,
  log: Logger,
  serving: Serving,
  parts: DoorParts,
): Promise<Doors> {
  const open: Door[] = [];
  const opened = async (door: Promise<Door>): Promise<Door> => {
    open.push(await door);
    return door;
  };
  try {
    return {
      grpc: await opened(openGrpc(config, log, serving, parts)),
      http: await opened(openHttp(config, log, serving, parts)),
      metrics: config.metrics && (await opened(openMetrics(config.metrics, config, log, serving))),
    };
  } catch (error) {
    await Promise.all(open.map((door) => door.drain()));
    throw error;
  }
}

function openGrpc(config: AppConfig, log: Logger, serving: Serving, parts: DoorParts): Promise<Door> {
  const { sharedPorts: shared = false, onGeneralDoor, withoutShortPath } = parts;
  const { connectionAgeMs, callTimeoutMs } = config;
  return listenHttp2(
    { ...config.grpc, shared },
    {
      connectionAgeMs,
      callTimeoutMs,
      handler: onGeneralDoor ? watched(serving.handler, onGeneralDoor) : serving.handler,
      shortPath: withoutShortPath ? undefined : serving.shortPath,
      overloaded: serving.overloaded,
      onFault: told(log),
    },
  );
}

function openHttp(config: AppConfig, log: Logger, serving: Serving, parts: DoorParts): Promise<Door> {
  const { corsOrigins, connectionAgeMs, callTimeoutMs } = config;
  const onConsoleFault = (err: unknown) => log.error({ err }, "the console failed");
  const pages = consoleOptions(config, serving.authenticate, onConsoleFault);
  return listenHttp(
    { ...config.http, shared: parts.sharedPorts ?? false },
    {
      corsOrigins,
      connectionAgeMs,
      callTimeoutMs,
      handler: createConsole(pages, serving.handler),
      isServing: () => serving.health.isServing(),
      onFault: told(log),
    },
  );
}

function openMetrics(place: Address, config: AppConfig, log: Logger, { collect }: Serving): Promise<Door> {
  const { connectionAgeMs, callTimeoutMs } = config;
  return listenMetrics(place, { connectionAgeMs, callTimeoutMs, collect, onFault: told(log) });
}

const told = (log: Logger) => (err: unknown) => log.error({ err }, "a request failed");

const watched =
  (handler: Handler, onRequest: (path: string) => void): Handler =>
  (request, response) => {
    onRequest(request.url ?? "");
    handler(request, response);
  };
