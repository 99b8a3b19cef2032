/** Processes that the bench starts, and that must not outlive it. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { childEnvironment } from "../../src/mongod/run.ts";
import { pinned } from "./cpus.ts";

const STOP_LIMIT_MS = 15_000;
const KEPT_LINES = 20;

const running = new Set<Child>();

process.on("exit", () => {
  for (const child of running) child.kill();
});

export interface ChildOptions {
  readonly cpus: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Written to standard input, which is then closed. */
  readonly input?: string;
  readonly onLine?: (line: string) => void;
}

export class Child {
  readonly pid: number;
  /** Resolves to the exit code, or to the name of the signal. */
  readonly exited: Promise<number | string>;
  readonly #process: ChildProcess;
  readonly #last: string[] = [];

  constructor(options: ChildOptions) {
    const { command, args } = pinned(options.cpus, options.command, options.args);
    this.#process = spawn(command, args, { env: { ...childEnvironment(), ...options.env }, stdio: "pipe" });
    this.pid = this.#process.pid ?? 0;
    running.add(this);
    this.exited = this.#ending();
    for (const stream of [this.#process.stdout, this.#process.stderr]) {
      if (stream) createInterface({ input: stream }).on("line", (line) => this.#heard(line, options.onLine));
    }
    this.#process.stdin?.on("error", () => undefined); // It has ended: `exited` tells.
    this.#process.stdin?.end(options.input);
  }

  /** What it said last, for an error message. */
  get lastWords(): string {
    return this.#last.join("\n");
  }

  kill(): void {
    this.#process.kill("SIGKILL");
  }

  /** Asks it to end, and kills it where that takes too long. */
  async stop(): Promise<void> {
    this.#process.kill("SIGTERM");
    const timer = setTimeout(() => this.kill(), STOP_LIMIT_MS);
    await this.exited;
    clearTimeout(timer);
  }

  #heard(line: string, onLine: ChildOptions["onLine"]): void {
    this.#last.push(line);
    if (this.#last.length > KEPT_LINES) this.#last.shift();
    onLine?.(line);
  }

  async #ending(): Promise<number | string> {
    try {
      const [code, signal] = await once(this.#process, "close");
      return code ?? signal;
    } catch (error) {
      this.#last.push(String(error));
      return "not started";
    } finally {
      running.delete(this);
    }
  }
}

/** Starts a server that says `{"port": N}` in a line once it listens. */
export async function startServer(
  options: Omit<ChildOptions, "onLine">,
): Promise<{ child: Child; port: number }> {
  const { promise, resolve } = Promise.withResolvers<number>();
  const child = new Child({
    ...options,
    onLine: (line) => {
      if (line.startsWith('{"port":')) resolve(JSON.parse(line).port);
    },
  });
  const port = await Promise.race([promise, child.exited.then(() => undefined)]);
  if (port === undefined) throw new Error(`${options.args.join(" ")} ended:\n${child.lastWords}`);
  return { child, port };
}
