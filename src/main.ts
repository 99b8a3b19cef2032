/** Wiring only: configuration, the database, the service, signals. */
import { once } from "node:events";
import { startApp } from "./app.ts";
import { type AppConfig, type Config, loadConfig } from "./config.ts";
import { keepStopsShort } from "./garbage.ts";
import { type LocalSecrets, loadLocalSecrets } from "./local-secrets.ts";
import { createLog, type Logger } from "./log.ts";
import { findMongod } from "./mongod/binary.ts";
import { defaultCacheDir } from "./mongod/cache-dir.ts";
import { type LocalMongod, startLocalMongod } from "./mongod/local.ts";
import { startupFault } from "./startup-fault.ts";
import { DeploymentError } from "./store/connection.ts";
import { welcome } from "./welcome.ts";
import { startWorkers } from "./workers/workers.ts";

const say = (line: string) => void process.stdout.write(`${line}\n`);

/**
 * What comes so soon after the first signal is the same one, in milliseconds: many a supervisor sends it to npm and to the
 * service, and npm hands on what it got.
 */
const SAME_SIGNAL_MS = 500;

/** The first signal asks for an orderly stop; a second one ends the process at once. */
function stopSignal(): AbortSignal {
  const controller = new AbortController();
  let firstAt: number | undefined;
  for (const name of ["SIGINT", "SIGTERM"] as const) {
    process.on(name, () => {
      firstAt ??= performance.now();
      if (performance.now() - firstAt > SAME_SIGNAL_MS) process.exit(1);
      controller.abort();
    });
  }
  return controller.signal;
}

interface LocalDatabase {
  readonly mongod: LocalMongod;
  readonly secrets: LocalSecrets;
}

async function startLocalDatabase(config: Config, signal: AbortSignal): Promise<LocalDatabase> {
  const secrets = loadLocalSecrets(config.dataDir);
  const cacheDir = config.cacheDir ?? defaultCacheDir();
  const mongod = await findMongod({ explicit: config.mongod, cacheDir, progress: say, signal });
  return { secrets, mongod: await startLocalMongod({ mongod, dataDir: config.dataDir, log: say }) };
}

/** What was configured, and beside it what was generated. */
function complete(config: Config, local: LocalDatabase | undefined): AppConfig {
  const mongodbUri = config.mongodbUri ?? local?.mongod.uri;
  const pepper = config.pepper ?? local?.secrets.pepper;
  if (mongodbUri === undefined || pepper === undefined) throw new Error("the configuration was not checked");
  const operatorDigests = [...config.operatorDigests, ...(local ? [local.secrets.operatorDigest] : [])];
  const serviceTokens = [...config.serviceTokens, ...(local ? [local.secrets.service] : [])];
  return { ...config, mongodbUri, pepper, operatorDigests, serviceTokens };
}

/** There is nothing to leave in order where the database is gone, and waiting for it would not bring it back. */
async function failWhenGone({ exited, logPath }: LocalMongod): Promise<void> {
  const { requested } = await exited;
  if (!requested) fail(new DeploymentError(`the local database has ended by itself; its log is ${logPath}`));
}

async function run(config: Config, log: Logger, signal: AbortSignal): Promise<void> {
  // Disposed of in reverse: first the doors and what is behind them, then the database.
  await using running = new AsyncDisposableStack();
  const local = config.mongodbUri === undefined ? await startLocalDatabase(config, signal) : undefined;
  if (local) {
    running.defer(() => local.mongod.stop());
    void failWhenGone(local.mongod);
  }
  if (signal.aborted) return;
  const all = complete(config, local);
  const app =
    config.workers > 1 ? await startWorkers(all, config.workers, log, signal) : await startApp(all, log);
  running.defer(() => app.stop());
  say(welcome(app, local && { ...local.secrets, dataDir: config.dataDir }));
  if (!signal.aborted) await once(signal, "abort");
  log.info("stopping");
}

function fail(error: unknown): never {
  const { exitCode, text } = startupFault(error);
  process.stderr.write(`keyfast: ${text}\n`);
  process.exit(exitCode);
}

try {
  const signal = stopSignal();
  const config = loadConfig(process.env);
  // The runtime would print such an error as it is, with whatever is in it.
  process.on("uncaughtException", fail);
  keepStopsShort();
  await run(config, createLog(config.logLevel), signal).catch((error) => {
    // A search for a mongod, or a start of workers, that was cut off by a signal, as it was meant to be.
    if (!signal.aborted || error !== signal.reason) throw error;
  });
  process.exit(0);
} catch (error) {
  fail(error);
}
