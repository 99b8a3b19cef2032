import { type SpawnOptions, spawn } from "node:child_process";
import { createInterface } from "node:readline";

const KEPT_LINES = 20;

export interface RunOptions {
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
  readonly signal?: AbortSignal | undefined;
  /** Called with each line as it comes, from both streams. */
  readonly onLine?: (line: string) => void;
}

/** A program that could not be started, or ended with anything but 0. The message carries its last words. */
export class CommandFailedError extends Error {
  override readonly name = "CommandFailedError";
}

/** The environment for a child: all of ours but for the settings of Keyfast, which may be secret. */
export function childEnvironment(extra: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv {
  const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith("KEYFAST_"));
  return { ...Object.fromEntries(inherited), ...extra };
}

/**
 * Runs a program to its end and gives what it wrote to standard output.
 * An abort of `signal` kills it and rejects with the signal's reason.
 */
export async function run(
  command: string,
  args: readonly string[],
  options: RunOptions = {},
): Promise<string> {
  options.signal?.throwIfAborted();
  const spawnOptions: SpawnOptions = {
    stdio: ["ignore", "pipe", "pipe"],
    env: options.env ?? childEnvironment(),
  };
  if (options.cwd !== undefined) spawnOptions.cwd = options.cwd;
  const child = spawn(command, args, spawnOptions);
  const out: string[] = [];
  const last: string[] = [];
  const read = (stream: NodeJS.ReadableStream | null, keepAll: boolean) => {
    if (!stream) return;
    createInterface({ input: stream }).on("line", (line) => {
      if (keepAll) out.push(line);
      last.push(line);
      if (last.length > KEPT_LINES) last.shift();
      options.onLine?.(line);
    });
  };
  read(child.stdout, true);
  read(child.stderr, false);
  const kill = () => child.kill("SIGKILL");
  options.signal?.addEventListener("abort", kill, { once: true });
  try {
    const ending = await new Promise<string | undefined>((resolve, reject) => {
      child.once("error", (error) => reject(new CommandFailedError(`${command}: ${error.message}`)));
      child.once("close", (code, signal) => resolve(code === 0 ? undefined : describeEnding(code, signal)));
    });
    options.signal?.throwIfAborted();
    if (ending !== undefined) throw new CommandFailedError([`${command} ${ending}`, ...last].join("\n"));
    return out.join("\n");
  } finally {
    options.signal?.removeEventListener("abort", kill);
  }
}

export function describeEnding(code: number | null, signal: NodeJS.Signals | null): string {
  return signal === null ? `ended with exit code ${code}` : `was ended by ${signal}`;
}
