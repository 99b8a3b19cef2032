/** The composition root: everything is made here, once, and handed what it needs. */
import type { Config } from "./config.ts";
import type { Pepper } from "./domain/digest.ts";
import { parseKeyText } from "./domain/key-text.ts";
import type { Logger } from "./log.ts";
import { createAuthenticator } from "./rpc/authenticate.ts";
import { createRpcHandler, shuttingDown } from "./rpc/handler.ts";
import { createJwtCheck } from "./rpc/oidc.ts";
import { createHandlers } from "./rpc/service.ts";
import { type Door, listenHttp, listenHttp2 } from "./server/listen.ts";
import { openStore, type Store } from "./store/store.ts";
import { pepperMap } from "./verify/match.ts";
import { ReadFinder } from "./verify/read-finder.ts";
import type { Barrier } from "./verify/revoke.ts";

/** What must be there before the service can start, given or generated. */
export interface AppConfig extends Config {
  readonly mongodbUri: string;
  readonly pepper: Pepper;
}

export interface App {
  readonly httpUrl: string;
  readonly grpcUrl: string;
  /** Drains and closes in order. May be called more than once. */
  stop(): Promise<void>;
}

const PING_BUDGET_MS = 500;

/** Starts the service on a MongoDB that runs. Both ports open last, when everything behind them is ready. */
export async function startApp(config: AppConfig, log: Logger): Promise<App> {
  const peppers = [config.pepper, ...config.retiredPeppers];
  const store = await openStore(config.mongodbUri, config.database, peppers);
  try {
    return await openDoors(config, log, store, peppers);
  } catch (error) {
    await store.close();
    throw error;
  }
}

async function openDoors(
  config: AppConfig,
  log: Logger,
  store: Store,
  peppers: readonly Pepper[],
): Promise<App> {
  const finder = new ReadFinder(store.keys, pepperMap(peppers));
  const barrier: Barrier = async () => ({ acknowledged: 0, fenced: 0 });
  const shutdown = new AbortController();
  let draining = false;
  const handler = createRpcHandler({
    handlers: createHandlers({
      store,
      finder,
      barrier,
      currentPepper: config.pepper,
      retiredPeppers: config.retiredPeppers,
      keyPrefix: config.keyPrefix,
    }),
    authenticate: createAuthenticator({
      operatorDigests: config.operatorDigests,
      services: config.serviceTokens,
      findKey: (text) => {
        const keyId = parseKeyText(text);
        return keyId === undefined ? undefined : finder.find(text, keyId);
      },
      checkJwt: config.issuer && createJwtCheck(config.issuer),
    }),
    callTimeoutMs: config.callTimeoutMs,
    shutdown: shutdown.signal,
    isServing: async () => !draining && (await answers(store)),
    onFault: (err, method) => log.error({ err, method }, "a call failed"),
  });
  const grpc = await listenHttp2(config.grpc, handler);
  const http = await listenHttp(config.http, config.corsOrigins, handler).catch(async (error) => {
    await grpc.drain();
    throw error;
  });
  let stopped: Promise<void> | undefined;
  const stop = async () => {
    draining = true;
    await pause(config.shutdownDelayMs);
    await drain([http, grpc], config.shutdownTimeoutMs, shutdown);
    await store.close();
  };
  return {
    httpUrl: urlOf(http),
    grpcUrl: urlOf(grpc),
    stop: () => {
      stopped ??= stop();
      return stopped;
    },
  };
}

const answers = (store: Store) =>
  store.ping(PING_BUDGET_MS).then(
    () => true,
    () => false,
  );

const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

/** Waits for the calls under way, and after the limit (in milliseconds) ends them. */
async function drain(doors: readonly Door[], limitMs: number, shutdown: AbortController): Promise<void> {
  const timer = setTimeout(() => {
    shutdown.abort(shuttingDown());
    // One turn of the loop, so that the answers get out before their connections are cut.
    setImmediate(() => {
      for (const door of doors) door.destroy();
    });
  }, limitMs);
  await Promise.all(doors.map((door) => door.drain()));
  clearTimeout(timer);
}

const urlOf = ({ address: { host, port } }: Door) =>
  `http://${host.includes(":") ? `[${host}]` : host}:${port}`;
