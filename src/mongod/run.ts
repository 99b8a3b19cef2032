import { type ChildProcess, type SpawnOptions, spawn } from "node:child_process";
import { createInterface } from "node:readline";

const KEPT_LINES = 20;

export interface RunOptions {
  readonly cwd?: string;
  /** By default `childEnvironment()`. */
  readonly env?: NodeJS.ProcessEnv;
  /** How long the program may take, in milliseconds. It is killed where it takes longer. */
  readonly limitMs: number;
  /** An abort kills the program and rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /** Called with each line as it comes, from both streams. */
  readonly onLine?: (line: string) => void;
}

/** A program that could not be started, took too long, or ended with anything but 0. The message has its last words. */
export class CommandFailedError extends Error {
  override readonly name = "CommandFailedError";
  /** The last lines of its output, of both streams. */
  readonly lastLines: readonly string[];

  constructor(what: string, lastLines: readonly string[] = []) {
    super([what, ...lastLines].join("\n"));
    this.lastLines = lastLines;
  }
}

/** The error with nothing but those of a failed program's last lines that tell why; unchanged where none does. */
export function inItsOwnWords(error: unknown, tells: (line: string) => boolean): unknown {
  const lines = error instanceof CommandFailedError ? error.lastLines.filter(tells) : [];
  return lines.length > 0 ? new Error(lines.join("\n"), { cause: error }) : error;
}

/** The environment for a child: all of `base` but for the settings of Keyfast, which may be secret. */
export function childEnvironment(base: NodeJS.ProcessEnv = process.env): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(base).filter(([name]) => !name.startsWith("KEYFAST_")));
}

/** Runs a program to its end and gives what it wrote to standard output. */
export async function run(command: string, args: readonly string[], options: RunOptions): Promise<string> {
  options.signal?.throwIfAborted();
  const spawnOptions: SpawnOptions = {
    stdio: ["ignore", "pipe", "pipe"],
    env: options.env ?? childEnvironment(),
  };
  if (options.cwd !== undefined) spawnOptions.cwd = options.cwd;
  const child = spawn(command, args, spawnOptions);
  const output = collectOutput(child, options.onLine);
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    child.kill("SIGKILL");
  }, options.limitMs);
  const kill = () => child.kill("SIGKILL");
  options.signal?.addEventListener("abort", kill, { once: true });
  try {
    const ending = await endingOf(child, command);
    options.signal?.throwIfAborted();
    const failure = late ? `did not end within ${options.limitMs / 1000} seconds` : ending;
    if (failure !== undefined) throw new CommandFailedError(`${command} ${failure}`, output.last);
    return output.out.join("\n");
  } finally {
    clearTimeout(timer);
    options.signal?.removeEventListener("abort", kill);
  }
}

export function describeEnding(code: number | null, signal: NodeJS.Signals | null): string {
  return signal === null ? `ended with exit code ${code}` : `was ended by ${signal}`;
}

interface Output {
  /** All of standard output. */
  readonly out: readonly string[];
  /** The last lines of both streams. */
  readonly last: readonly string[];
}

function collectOutput(child: ChildProcess, onLine?: (line: string) => void): Output {
  const out: string[] = [];
  const last: string[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    if (!stream) continue;
    createInterface({ input: stream }).on("line", (line) => {
      if (stream === child.stdout) out.push(line);
      last.push(line);
      if (last.length > KEPT_LINES) last.shift();
      onLine?.(line);
    });
  }
  return { out, last };
}

/** Undefined for exit code 0, else in words. */
function endingOf(child: ChildProcess, command: string): Promise<string | undefined> {
  return new Promise((resolve, reject) => {
    child.once("error", (error) => reject(new CommandFailedError(`${command}: ${error.message}`)));
    child.once("close", (code, signal) => resolve(code === 0 ? undefined : describeEnding(code, signal)));
  });
}
