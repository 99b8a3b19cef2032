/** One replica: a process of the service that can be killed, paused and started again. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync, readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { childEnvironment } from "../../src/mongod/run.ts";

export interface ReplicaOptions {
  readonly index: number;
  readonly barrier: boolean;
  readonly grpcPort: number;
  readonly environment: Readonly<Record<string, string>>;
  readonly logPath: string;
  /** Under which `ps` shows the process. */
  readonly title: string;
  /** The process ended after it had been ready, and nobody had ended it. */
  readonly onCrash: () => void;
}

/** How long a replica may take until it is ready, in milliseconds: its links may be hurt as long as others' faults last. */
const START_LIMIT_MS = 300_000;
const RETRY_MS = 200;
const STOP_LIMIT_MS = 15_000;
const LOG_LINES = 20;

const pathOf = (name: string) => fileURLToPath(new URL(name, import.meta.url));
const PRELOAD = pathOf("./own-links.ts");
const SERVICE = pathOf("../../src/main.ts");
const WITHOUT_BARRIER = pathOf("./replica-without-barrier.ts");

const children = new Set<ChildProcess>();
process.on("exit", () => {
  for (const child of children) child.kill("SIGKILL");
});

export class ReplicaProcess {
  readonly index: number;
  readonly url: string;
  readonly #options: ReplicaOptions;
  #child: ChildProcess | undefined;
  /** Until it is ready, and once somebody has ended it, its end is no crash. */
  #mayEnd = true;
  #closed = false;

  constructor(options: ReplicaOptions) {
    this.#options = options;
    this.index = options.index;
    this.url = `http://127.0.0.1:${options.grpcPort}`;
  }

  /**
   * Resolves when it takes calls. A replica that finds no database ends, and is started again as a supervisor would. Throws
   * where that does not help.
   */
  async start(): Promise<void> {
    const limit = AbortSignal.timeout(START_LIMIT_MS);
    while (!this.#closed) {
      const child = this.#spawn();
      if (await isReady(child, limit)) {
        this.#mayEnd = false;
        return;
      }
      child.kill("SIGKILL");
      if (limit.aborted) throw new Error(`replica ${this.index} did not start:\n${this.lastLogLines()}`);
      await delay(RETRY_MS);
    }
  }

  async kill(): Promise<void> {
    await this.#end("SIGKILL");
  }

  /** Asks it to leave in order; kills it where it does not. */
  async stop(): Promise<void> {
    const timer = setTimeout(() => this.#child?.kill("SIGKILL"), STOP_LIMIT_MS);
    await this.#end("SIGTERM");
    clearTimeout(timer);
  }

  pause(): void {
    this.#child?.kill("SIGSTOP");
  }

  resume(): void {
    this.#child?.kill("SIGCONT");
  }

  /** Kills it for good, also while it is being started. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.kill();
  }

  lastLogLines(): string {
    return readFileSync(this.#options.logPath, "utf8").trim().split("\n").slice(-LOG_LINES).join("\n");
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    this.#mayEnd = true;
    const child = this.#child;
    if (!child || hasEnded(child)) return;
    const ended = once(child, "exit");
    child.kill(signal);
    await ended;
  }

  #spawn(): ChildProcess {
    this.#mayEnd = true;
    const { barrier, environment, logPath, title, onCrash } = this.#options;
    const log = openSync(logPath, "a");
    const args = [`--title=${title}`, "--import", PRELOAD, barrier ? SERVICE : WITHOUT_BARRIER];
    const child = spawn(process.execPath, args, {
      env: { ...childEnvironment(), ...environment },
      stdio: ["ignore", "pipe", log],
      // A Ctrl-C in the terminal is for the run, which then ends its replicas itself.
      detached: true,
    });
    closeSync(log);
    this.#child = child;
    children.add(child);
    child.once("exit", () => {
      children.delete(child);
      if (!this.#mayEnd && this.#child === child) onCrash();
    });
    return child;
  }
}

const hasEnded = ({ exitCode, signalCode }: ChildProcess) => exitCode !== null || signalCode !== null;

/** False where it ended before that, or time is up. */
async function isReady(child: ChildProcess, limit: AbortSignal): Promise<boolean> {
  if (!child.stdout) throw new Error("the replica's output is not read");
  const lines = createInterface({ input: child.stdout });
  const ready = new Promise<boolean>((resolve) => {
    lines.on("line", (line) => {
      if (line.includes("Keyfast is ready.")) resolve(true);
    });
    child.once("exit", () => resolve(false));
    child.once("error", () => resolve(false));
    limit.addEventListener("abort", () => resolve(false), { once: true });
  });
  return ready;
}
