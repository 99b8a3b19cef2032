/** The composition root: everything is made here, once, and handed what it needs. */
import type { Config } from "./config.ts";
import { createConsole } from "./console/console.ts";
import { consoleAddress, consoleOptions } from "./console/options.ts";
import type { Pepper } from "./domain/digest.ts";
import { parseKeyText } from "./domain/key-text.ts";
import type { Logger } from "./log.ts";
import { BarrierMetrics } from "./metrics/barrier-metrics.ts";
import { CallMetrics } from "./metrics/call-metrics.ts";
import { type Collect, createCollect } from "./metrics/families.ts";
import { createAuthenticator } from "./rpc/authenticate.ts";
import { createRpc, shuttingDown } from "./rpc/handler.ts";
import { Health } from "./rpc/health.ts";
import { createJwtCheck } from "./rpc/oidc.ts";
import { createHandlers } from "./rpc/service.ts";
import { listenHttp } from "./server/http1.ts";
import { listenHttp2 } from "./server/http2.ts";
import { type Handler, urlOf } from "./server/listen.ts";
import { listenMetrics } from "./server/metrics.ts";
import { depart } from "./server/shutdown.ts";
import { openStore, type Store } from "./store/store.ts";
import { createBarrier } from "./verify/barrier.ts";
import { systemClock } from "./verify/clock.ts";
import { LeasedFinder } from "./verify/leased-finder.ts";
import { pepperMap } from "./verify/match.ts";
import { Replica } from "./verify/replica.ts";
import type { Barrier } from "./verify/revoke.ts";
import { createVerify } from "./verify/verifier.ts";

/** What must be there before the service can start, given or generated. */
export interface AppConfig extends Config {
  readonly mongodbUri: string;
  readonly pepper: Pepper;
}

export interface App {
  readonly httpUrl: string;
  readonly grpcUrl: string;
  /** Undefined where no metrics are shown. */
  readonly metricsUrl: string | undefined;
  /** What is told there. */
  readonly collect: Collect;
  /** Where browsers find the console; undefined where they cannot reach it. */
  readonly consoleUrl: string | undefined;
  /** Drains and closes in order. May be called more than once. */
  stop(): Promise<void>;
}

/** What a test, or a process that is one of several, has in place of the usual part. */
export interface AppParts {
  /** The fault run shows that its checker fails where Delete does not wait. */
  readonly barrier?: Barrier;
  /** One suite of tests runs against both doors. */
  readonly withoutShortPath?: boolean;
  /** Other workers listen on the same ports. */
  readonly sharedPorts?: boolean;
  /** Told the path of each request that the general door gets on the gRPC port: the short path answers the others. */
  readonly onGeneralDoor?: (path: string) => void;
}

const PING_BUDGET_MS = 500;

/** Starts the service on a MongoDB that runs. Both ports open last, when everything behind them is ready. */
export async function startApp(config: AppConfig, log: Logger, parts: AppParts = {}): Promise<App> {
  const store = await openStore(config.mongodbUri, config.database, [
    config.pepper,
    ...config.retiredPeppers,
  ]);
  const replica = new Replica({
    db: store.leaseDb,
    leases: store.leases,
    clock: systemClock,
    leaseMs: config.leaseMs,
    maxKeys: config.cacheKeys,
    onLost: (err) =>
      log.warn(
        { err },
        "deletions cannot be followed: memory is used while its lease lasts, and anew when the database answers",
      ),
  });
  try {
    await replica.start();
    return await openDoors(config, log, store, replica, parts);
  } catch (error) {
    await replica.leave();
    await store.close();
    throw error;
  }
}

async function openDoors(
  config: AppConfig,
  log: Logger,
  store: Store,
  replica: Replica,
  parts: AppParts,
): Promise<App> {
  const barrier =
    parts.barrier ?? createBarrier({ ...config, leases: store.leases, clock: systemClock, own: replica });
  const peppers = pepperMap([config.pepper, ...config.retiredPeppers]);
  const finder = new LeasedFinder(replica, store.keys, peppers);
  const verify = createVerify(finder);
  const shutdown = new AbortController();
  const health = new Health(() => store.ping(PING_BUDGET_MS));
  const authenticator = createAuthenticator({
    operatorDigests: config.operatorDigests,
    services: config.serviceTokens,
    findKey: (text) => {
      const keyId = parseKeyText(text);
      return keyId === undefined ? undefined : finder.find(text, keyId);
    },
    checkJwt: config.issuer && createJwtCheck(config.issuer),
  });
  const metrics = new CallMetrics();
  const barrierMetrics = new BarrierMetrics();
  const { handler, shortPath } = createRpc({
    handlers: createHandlers({
      store,
      verify,
      barrier: (time) => barrierMetrics.watch(() => barrier(time)),
      deletions: () => replica.deletions,
      currentPepper: config.pepper,
      retiredPeppers: config.retiredPeppers,
      keyPrefix: config.keyPrefix,
    }),
    verify,
    authenticator,
    callTimeoutMs: config.callTimeoutMs,
    shutdown: shutdown.signal,
    health,
    metrics,
    onFault: (err, method) => log.error({ err, method }, "a call failed"),
  });
  const onFault = (err: unknown) => log.error({ err }, "a request failed");
  const { corsOrigins, connectionAgeMs, callTimeoutMs } = config;
  const { sharedPorts: shared = false, onGeneralDoor } = parts;
  const grpc = await listenHttp2(
    { ...config.grpc, shared },
    {
      connectionAgeMs,
      callTimeoutMs,
      handler: onGeneralDoor ? watched(handler, onGeneralDoor) : handler,
      shortPath: parts.withoutShortPath ? undefined : shortPath,
      onFault,
    },
  );
  const isServing = () => health.isServing();
  const onConsoleFault = (err: unknown) => log.error({ err }, "the console failed");
  const pages = createConsole(consoleOptions(config, authenticator.authenticate, onConsoleFault), handler);
  const http = await listenHttp(
    { ...config.http, shared },
    {
      corsOrigins,
      connectionAgeMs,
      callTimeoutMs,
      handler: pages,
      isServing,
      onFault,
    },
  ).catch(async (error) => {
    await grpc.drain();
    throw error;
  });
  const collect = createCollect({
    calls: metrics,
    barrier: barrierMetrics,
    memory: () => ({
      keys: replica.memory?.size ?? 0,
      leaseIsGood: replica.memory?.lease.isGood() ?? false,
      deletions: replica.followed,
    }),
  });
  const page =
    config.metrics &&
    (await listenMetrics(config.metrics, { connectionAgeMs, callTimeoutMs, collect, onFault }).catch(
      async (error) => {
        await Promise.all([grpc.drain(), http.drain()]);
        throw error;
      },
    ));
  let stopped: Promise<void> | undefined;
  const stop = async () => {
    await depart({
      doors: page ? [http, grpc, page] : [http, grpc],
      stopServing: () => health.stop(),
      delayMs: config.shutdownDelayMs,
      limitMs: config.shutdownTimeoutMs,
      endCalls: () => shutdown.abort(shuttingDown()),
    });
    await replica.leave();
    await store.close();
  };
  return {
    httpUrl: urlOf(http),
    grpcUrl: urlOf(grpc),
    metricsUrl: page && urlOf(page),
    collect,
    consoleUrl: consoleAddress(config.console, http.address, urlOf(http)),
    stop: () => {
      stopped ??= stop();
      return stopped;
    },
  };
}

const watched =
  (handler: Handler, onRequest: (path: string) => void): Handler =>
  (request, response) => {
    onRequest(request.url ?? "");
    handler(request, response);
  };
