import { run } from "./run.ts";

/** How to start a mongod: `command`, then `args`, then the server's own options. */
export interface MongodCommand {
  readonly command: string;
  readonly args: readonly string[];
  /** Such as `8.2.0`. */
  readonly version: string;
  /** Where it comes from, for people to read. */
  readonly source: string;
}

const OLDEST_MAJOR = 7;
const PROBE_LIMIT_MS = 30_000;

/** The version in what `mongod --version` prints, or undefined where there is none. */
export function parseMongodVersion(output: string): string | undefined {
  return /^db version v(\d+\.\d+\.\d+\S*)/m.exec(output)?.[1];
}

/** True from 7.0 on: the oldest release whose behaviour Keyfast relies on. */
export function isSupportedVersion(version: string): boolean {
  return Number.parseInt(version, 10) >= OLDEST_MAJOR;
}

/** Runs `--version`, which also proves that the binary loads on this machine. Throws with the reason where it does not. */
export async function probeMongod(
  command: string,
  args: readonly string[],
  source: string,
  signal?: AbortSignal,
): Promise<MongodCommand> {
  const output = await run(command, [...args, "--version"], { limitMs: PROBE_LIMIT_MS, signal });
  const version = parseMongodVersion(output);
  if (version === undefined) throw new Error(`${command} --version did not name a MongoDB version`);
  if (!isSupportedVersion(version)) {
    throw new Error(`${command} is MongoDB ${version}, but at least ${OLDEST_MAJOR}.0 is needed`);
  }
  return { command, args, version, source };
}
