import { chmod, mkdir, readdir, realpath } from "node:fs/promises";
import { join } from "node:path";
import type { MongoClient } from "mongodb";
import type { MongodCommand } from "./command.ts";
import type { FolderLock } from "./folder-lock.ts";
import { LOCK_FILE, ownFolder } from "./folder-owner.ts";
import { initiate, moveOnlyMember, untilPrimary, withDirectClient } from "./initiate.ts";
import { keyFileOf, type LocalSettings, loadSettings, saveSettings } from "./local-settings.ts";
import { rotateLog } from "./mongod-log.ts";
import { stopOrphans } from "./orphans.ts";
import {
  dataPathOf,
  logPathOf,
  type MongodExit,
  type MongodProcess,
  startMongodOnFreePort,
} from "./process.ts";

export { FolderInUseError } from "./folder-owner.ts";

export interface LocalMongodOptions {
  readonly mongod: MongodCommand;
  /**
   * Keyfast's data folder. Made where it is missing, for its owner only; one that is there and holds other things too
   * keeps its mode. The database lies in `mongodb/` below it, which is always for the owner only.
   */
  readonly dataDir: string;
  /** Told in few lines what happens. */
  readonly log: (line: string) => void;
}

export interface LocalMongodExit extends MongodExit {
  /** True where `stop` was called before, false where mongod died by itself. */
  readonly requested: boolean;
}

/** A database of Keyfast's own: a replica set of one member on the loopback address, with access control. */
export interface LocalMongod {
  /** With credentials: a secret. */
  readonly uri: string;
  readonly port: number;
  readonly pid: number;
  readonly logPath: string;
  /** Resolves when mongod has ended, however it did. */
  readonly exited: Promise<LocalMongodExit>;
  /** Shuts the database down cleanly and gives the folder free. May be called more than once. */
  stop(): Promise<void>;
}

const REPLICA_SET = "keyfast";
const CACHE_GB = 0.5;
const OPLOG_MB = 512;
const LOG_LIMIT_BYTES = 16 * 1024 * 1024;
const LOG_CHECK_MS = 60_000;

/**
 * Starts the local database on its data from the last run, or a new one. Throws FolderInUseError where another Keyfast
 * runs on the folder, and MongodStartError where mongod does not start.
 */
export async function startLocalMongod(options: LocalMongodOptions): Promise<LocalMongod> {
  const folder = await dataFolder(options.dataDir);
  const lock = ownFolder(folder);
  try {
    const directory = await privateFolder(join(folder, "mongodb"));
    await stopOrphans(dataPathOf(directory), keyFileOf(directory), options.log);
    return await startOwned(options, directory, lock);
  } catch (error) {
    lock.release();
    throw error;
  }
}

async function startOwned(
  { mongod, log }: LocalMongodOptions,
  directory: string,
  lock: FolderLock,
): Promise<LocalMongod> {
  const settings = await loadSettings(directory);
  await rotateLog(logPathOf(directory), LOG_LIMIT_BYTES);
  log(`Starting MongoDB ${mongod.version} (from ${mongod.source}) on ${dataPathOf(directory)}`);
  const started = await startMongodOnFreePort(
    mongod,
    {
      directory,
      replicaSet: REPLICA_SET,
      keyFile: keyFileOf(directory),
      cacheGb: CACHE_GB,
      oplogMb: OPLOG_MB,
    },
    settings.port,
  );
  if (settings.port !== undefined && settings.port !== started.port) {
    log(`Port ${settings.port} is taken: the database moves to port ${started.port}`);
  }
  try {
    await (settings.ready ? reopen(settings, started.port) : setUp(settings, started.port));
    if (!settings.ready || settings.port !== started.port) {
      await saveSettings(directory, { ...settings, port: started.port, ready: true });
    }
    return new RunningLocalMongod(started, settings, lock, log);
  } catch (error) {
    await started.stop();
    throw error;
  }
}

/** Without credentials, as MongoDB allows on the loopback address as long as there is no user. */
async function setUp(settings: LocalSettings, port: number): Promise<void> {
  await withDirectClient(port, {}, async (client) => {
    await initiate(client, { name: REPLICA_SET, hosts: [`127.0.0.1:${port}`], electionTimeoutMillis: 2000 });
    await untilPrimary(client);
    const { user, password } = settings;
    await client.db("admin").command({ createUser: user, pwd: password, roles: ["root"] });
  });
}

async function reopen({ user, password, port: formerPort }: LocalSettings, port: number): Promise<void> {
  const auth = { username: user, password };
  await withDirectClient(port, { auth, authSource: "admin" }, async (client: MongoClient) => {
    if (port !== formerPort) await moveOnlyMember(client, `127.0.0.1:${port}`);
    await untilPrimary(client);
  });
}

class RunningLocalMongod implements LocalMongod {
  readonly uri: string;
  readonly exited: Promise<LocalMongodExit>;
  readonly #process: MongodProcess;
  readonly #lock: FolderLock;
  readonly #logCheck: NodeJS.Timeout;
  #stopped: Promise<void> | undefined;

  constructor(
    started: MongodProcess,
    { user, password }: LocalSettings,
    lock: FolderLock,
    log: LocalMongodOptions["log"],
  ) {
    this.#process = started;
    this.#lock = lock;
    this.uri = `mongodb://${user}:${password}@127.0.0.1:${started.port}/?replicaSet=${REPLICA_SET}&authSource=admin`;
    this.#logCheck = setInterval(() => {
      started.boundLog(LOG_LIMIT_BYTES).catch((error) => log(`MongoDB's log could not be bounded: ${error}`));
    }, LOG_CHECK_MS).unref();
    this.exited = started.exited.then((exit) => {
      clearInterval(this.#logCheck);
      return { ...exit, requested: this.#stopped !== undefined };
    });
  }

  get port(): number {
    return this.#process.port;
  }

  get pid(): number {
    return this.#process.pid;
  }

  get logPath(): string {
    return this.#process.logPath;
  }

  stop(): Promise<void> {
    this.#stopped ??= this.#process.stop().then(() => this.#lock.release());
    return this.#stopped;
  }
}

async function dataFolder(path: string): Promise<string> {
  const entries: string[] = await readdir(path).catch(() => []);
  // Whoever names a folder of theirs, such as a home folder, must not find it closed to others.
  const isOurs = entries.length === 0 || entries.includes(LOCK_FILE);
  return isOurs ? privateFolder(path) : realpath(path);
}

/** Gives the one true name of the folder, by which processes on it are recognised. */
async function privateFolder(path: string): Promise<string> {
  await mkdir(path, { recursive: true, mode: 0o700 });
  await chmod(path, 0o700);
  return realpath(path);
}
