import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { MongodCommand } from "./command.ts";
import { freePort } from "./free-port.ts";
import { MongodLog, rotateLog } from "./mongod-log.ts";
import { childEnvironment, describeEnding } from "./run.ts";

export interface MongodOptions {
  /** Holds the data (`data/`) and the log (`mongod.log`). Made where it is missing. */
  readonly directory: string;
  /** On the loopback address. */
  readonly port: number;
  readonly replicaSet: string;
  /** Turns access control on. */
  readonly keyFile?: string;
  /** In GB, at least 0.25. */
  readonly cacheGb: number;
  readonly oplogMb: number;
  readonly setParameter?: Readonly<Record<string, string | number | boolean>>;
}

/** How a mongod ended. */
export interface MongodExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A mongod that ended, or did not listen in time, while it was being started. The message has its last useful log lines. */
export class MongodStartError extends Error {
  override readonly name = "MongodStartError";
  readonly portTaken: boolean;

  constructor(what: string, log: MongodLog, lines: readonly string[]) {
    super([`mongod ${what}. Its log (${log.path}) says:`, ...lines.map((line) => `  ${line}`)].join("\n"));
    this.portTaken = lines.some((line) => line.includes("Address already in use"));
  }
}

const LOOPBACK = "127.0.0.1";
const START_LIMIT_MS = 120_000;
const STOP_LIMIT_MS = 20_000;
const LOG_POLL_MS = 20;
const PORT_ATTEMPTS = 5;

const children = new Set<MongodProcess>();

// Where this process ends without having stopped them, they must not stay behind. (After SIGKILL they do.)
process.on("exit", () => {
  for (const child of children) {
    child.signal("SIGTERM");
    child.signal("SIGCONT");
  }
});

/** A running mongod, child of this process but in a process group of its own. */
export class MongodProcess {
  readonly pid: number;
  readonly port: number;
  readonly logPath: string;
  /** Resolves when the process has ended, for whatever reason. */
  readonly exited: Promise<MongodExit>;
  readonly #child: ChildProcess;

  constructor(child: ChildProcess, pid: number, options: MongodOptions) {
    this.#child = child;
    this.pid = pid;
    this.port = options.port;
    this.logPath = logPathOf(options.directory);
    this.exited = new Promise((resolve) => {
      child.once("exit", (code, signal) => {
        children.delete(this);
        resolve({ code, signal });
      });
    });
    children.add(this);
  }

  get running(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** Sends a signal, if it still runs. */
  signal(name: NodeJS.Signals): void {
    if (this.running) this.#child.kill(name);
  }

  /** Shuts it down cleanly; kills it where that takes longer than `limitMs`. */
  async stop(limitMs = STOP_LIMIT_MS): Promise<MongodExit> {
    this.signal("SIGTERM");
    const timer = setTimeout(() => this.signal("SIGKILL"), limitMs);
    try {
      return await this.exited;
    } finally {
      clearTimeout(timer);
    }
  }

  /** Puts the log aside as `mongod.log.1` where it has grown beyond the limit, and begins a new one. */
  async boundLog(limitBytes: number): Promise<void> {
    // The signal makes mongod open its log anew under the old name.
    if (await rotateLog(this.logPath, limitBytes)) this.signal("SIGUSR1");
  }
}

/**
 * Starts one mongod and waits until it takes connections. Throws MongodStartError where it ends before that or takes more
 * than two minutes.
 */
export async function startMongod(mongod: MongodCommand, options: MongodOptions): Promise<MongodProcess> {
  await mkdir(dataPathOf(options.directory), { recursive: true, mode: 0o700 });
  const log = await MongodLog.follow(logPathOf(options.directory));
  const started = await spawnMongod(mongod, options);
  let exit: MongodExit | undefined;
  started.exited.then((value) => {
    exit = value;
  });
  const deadline = performance.now() + START_LIMIT_MS;
  while (!(await log.isListening())) {
    if (exit)
      throw new MongodStartError(describeEnding(exit.code, exit.signal), log, await log.explanation());
    if (performance.now() > deadline) {
      await started.stop();
      throw new MongodStartError(
        `did not listen in ${START_LIMIT_MS / 1000} seconds`,
        log,
        await log.explanation(),
      );
    }
    await Promise.race([delay(LOG_POLL_MS), started.exited]);
  }
  return started;
}

/** The same on the preferred port where that is free, else on any. */
export async function startMongodOnFreePort(
  mongod: MongodCommand,
  options: Omit<MongodOptions, "port">,
  preferredPort?: number,
): Promise<MongodProcess> {
  for (let attempt = 1; ; attempt++) {
    const port = attempt === 1 && preferredPort !== undefined ? preferredPort : await freePort();
    try {
      return await startMongod(mongod, { ...options, port });
    } catch (error) {
      // Between the look and the start somebody else may have taken it.
      if (!(error instanceof MongodStartError && error.portTaken) || attempt === PORT_ATTEMPTS) throw error;
    }
  }
}

/** The value of `--dbpath` for a folder: also what tells whose process a mongod is. */
export function dataPathOf(directory: string): string {
  return join(directory, "data");
}

export function logPathOf(directory: string): string {
  return join(directory, "mongod.log");
}

async function spawnMongod(mongod: MongodCommand, options: MongodOptions): Promise<MongodProcess> {
  // What mongod says before its log is open, such as a bad option, goes to the same file.
  const output = openSync(logPathOf(options.directory), "a", 0o600);
  try {
    const child = spawn(mongod.command, [...mongod.args, ...argumentsOf(options)], {
      // A Ctrl-C in the terminal goes to the whole process group, and mongod has to outlive the service.
      detached: true,
      stdio: ["ignore", output, output],
      env: childEnvironment(),
    });
    const pid = await new Promise<number>((resolve, reject) => {
      child.once("error", reject);
      child.once("spawn", () => resolve(child.pid ?? 0));
    });
    return new MongodProcess(child, pid, options);
  } finally {
    closeSync(output);
  }
}

function argumentsOf(options: MongodOptions): string[] {
  const parameters = {
    // Metrics for MongoDB's support: up to 200 MB of disk that nobody reads here.
    diagnosticDataCollectionEnabled: false,
    // On a signal, wait no more than this for clients to turn to another primary (the default is 15 s).
    shutdownTimeoutMillisForSignaledShutdown: 100,
    ...options.setParameter,
  };
  return [
    ...["--dbpath", dataPathOf(options.directory)],
    ...["--logpath", logPathOf(options.directory), "--logappend", "--logRotate", "reopen"],
    ...["--bind_ip", LOOPBACK, "--port", `${options.port}`, "--nounixsocket"],
    ...["--replSet", options.replicaSet, "--oplogSize", `${options.oplogMb}`],
    ...["--wiredTigerCacheSizeGB", `${options.cacheGb}`],
    ...(options.keyFile === undefined ? [] : ["--keyFile", options.keyFile]),
    ...Object.entries(parameters).flatMap(([name, value]) => ["--setParameter", `${name}=${value}`]),
  ];
}
