/** The composition root: store, replica, what answers, and the doors, each made once and handed what it needs. */
import { type DoorParts, type Doors, openDoors } from "./app/doors.ts";
import { createServing, type Serving } from "./app/serving.ts";
import type { AppConfig } from "./config.ts";
import { consoleAddress } from "./console/options.ts";
import type { Logger } from "./log.ts";
import type { Collect } from "./metrics/families.ts";
import { urlOf } from "./server/listen.ts";
import { depart } from "./server/shutdown.ts";
import { openStore, type Store } from "./store/store.ts";
import { systemClock } from "./verify/clock.ts";
import { Replica } from "./verify/replica.ts";
import type { Barrier } from "./verify/revoke.ts";

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
export interface AppParts extends DoorParts {
  /** The fault run shows that its checker fails where Delete does not wait. */
  readonly barrier?: Barrier;
}

/** Starts the service on a MongoDB that runs. */
export async function startApp(config: AppConfig, log: Logger, parts: AppParts = {}): Promise<App> {
  const store = await openStore(config.mongodbUri, config.database, [
    config.pepper,
    ...config.retiredPeppers,
  ]);
  const replica = createReplica(config, log, store);
  const leave = async () => {
    await replica.leave();
    await store.close();
  };
  try {
    await replica.start();
    const serving = createServing(config, log, store, replica, parts.barrier);
    const doors = await openDoors(config, log, serving, parts);
    return appOf(config, serving, doors, leave);
  } catch (error) {
    await leave();
    throw error;
  }
}

const createReplica = (config: AppConfig, log: Logger, store: Store) =>
  new Replica({
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

/** `leave` is called when the doors are closed. */
function appOf(config: AppConfig, serving: Serving, doors: Doors, leave: () => Promise<void>): App {
  const { grpc, http, metrics } = doors;
  const stop = async () => {
    await depart({
      doors: metrics ? [http, grpc, metrics] : [http, grpc],
      stopServing: () => serving.health.stop(),
      delayMs: config.shutdownDelayMs,
      limitMs: config.shutdownTimeoutMs,
      endCalls: serving.endCalls,
    });
    await leave();
  };
  let stopped: Promise<void> | undefined;
  return {
    httpUrl: urlOf(http),
    grpcUrl: urlOf(grpc),
    metricsUrl: metrics && urlOf(metrics),
    collect: serving.collect,
    consoleUrl: consoleAddress(config.console, http.address, urlOf(http)),
    stop: () => {
      stopped ??= stop();
      return stopped;
    },
  };
}
