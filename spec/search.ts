/** One search of the model: spin writes a checker in C, the C compiler builds it, and it is run. */
import { execFile } from "node:child_process";
import { mkdir, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import type { Case, Outcome } from "./cases.ts";

const model = new URL("revocation.pml", import.meta.url).pathname;

const depthLimit = 1_000_000;
const timeLimitMilliseconds = 15 * 60_000;

export interface Found {
  /** `incomplete` says nothing about the promise: cut short, or stopped by a fault of the model itself. */
  readonly outcome: Outcome | "incomplete";
  readonly states: number;
  readonly depth: number;
  readonly seconds: number;
}

function numberIn(output: string, pattern: RegExp): number {
  return Number(pattern.exec(output)?.[1] ?? 0);
}

function outcomeIn(output: string): Found["outcome"] {
  const violated = /assertion violated\s+(.*) \(at depth/.exec(output)?.[1];
  if (violated !== undefined) {
    if (/^\(\d+!=\d+\)$/.test(violated)) return "reached";
    return /^!\(.*(returned|loadLate|readLate)\)$/.test(violated) ? "breaks" : "incomplete";
  }
  const cutShort = /Search not completed|max search depth too small|bitstate|hash-compact/i.test(output);
  return !cutShort && /errors: 0$/m.test(output) && numberIn(output, /^\s*(\d+) states, stored/m) > 0
    ? "holds"
    : "incomplete";
}

/** Reads what the checker printed. A search that did not come to its end never counts as `holds`. */
export function readSearch(output: string): Omit<Found, "seconds"> {
  return {
    outcome: outcomeIn(output),
    states: numberIn(output, /^\s*(\d+) states, stored/m),
    depth: numberIn(output, /depth reached (\d+)/),
  };
}

interface Run {
  readonly output: string;
  readonly failed: boolean;
}

function run(command: string, args: readonly string[], cwd: string, signal: AbortSignal): Promise<Run> {
  const options = { cwd, signal, timeout: timeLimitMilliseconds, maxBuffer: 64 * 1024 * 1024 };
  return new Promise((resolve) => {
    execFile(command, args, options, (error, stdout, stderr) => {
      resolve({ output: `${stdout}${stderr}${error?.message ?? ""}`, failed: error !== null });
    });
  });
}

async function must(command: string, args: readonly string[], cwd: string, signal: AbortSignal) {
  const { output, failed } = await run(command, args, cwd, signal);
  if (failed) throw new Error(`${command} failed:\n${output}`);
  return output;
}

/** Says what is missing on this machine, if anything. */
export async function missingTool(signal: AbortSignal): Promise<string | undefined> {
  for (const [tool, argument] of [
    ["spin", "-V"],
    ["cc", "--version"],
  ] as const) {
    if ((await run(tool, [argument], ".", signal)).failed) return tool;
  }
  return undefined;
}

const defines = (search: Case) => search.flags.map((flag) => `-D${flag}`);

/**
 * Breadth first finds a shortest run, and soon, so that compiling is what takes time. Depth first takes less memory
 * where everything is visited anyway.
 */
async function buildAndRun(
  search: Case,
  folder: string,
  megabytes: number,
  signal: AbortSignal,
): Promise<string> {
  await must("spin", ["-a", ...defines(search), model], folder, signal);
  const order = search.expected === "holds" ? ["-O2"] : ["-O0", "-DBFS"];
  const memory = `-DMEMLIM=${megabytes}`;
  await must("cc", ["-w", ...order, "-DSAFETY", "-DNOREDUCE", memory, "-o", "pan", "pan.c"], folder, signal);
  return (await run("./pan", ["-E", `-m${depthLimit}`], folder, signal)).output;
}

async function readTrail(search: Case, folder: string, signal: AbortSignal): Promise<string[]> {
  const trail = (await readdir(folder)).find((file) => file.endsWith(".trail"));
  if (trail === undefined) return [];
  const output = await must(
    "spin",
    ["-t", "-T", "-B", "-k", trail, ...defines(search), model],
    folder,
    signal,
  );
  return output
    .split("\n")
    .filter((line) => line.trim() !== "" && !/^(spin:|#processes|\s*\d+:\s)/.test(line));
}

/**
 * Searches in a folder of its own below `scratch`, which it removes. A search that would need more memory than
 * `megabytes` is `incomplete`. `trail` is the run that was found, in words.
 */
export async function search(
  searched: Case,
  scratch: string,
  megabytes: number,
  signal: AbortSignal,
): Promise<Found & { readonly output: string; readonly trail: readonly string[] }> {
  const folder = join(scratch, searched.name);
  await mkdir(folder);
  try {
    const started = process.hrtime.bigint();
    const output = await buildAndRun(searched, folder, megabytes, signal);
    const seconds = Number(process.hrtime.bigint() - started) / 1e9;
    return { ...readSearch(output), seconds, output, trail: await readTrail(searched, folder, signal) };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
