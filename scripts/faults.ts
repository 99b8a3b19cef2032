/**
 * The fault run: `npm run faults -- --seed S --seconds N`. Ends with 0 where the promise was kept, with 1 where it was
 * not or nothing is proven, with 2 where the run or the check could not be carried out.
 */
import { randomInt } from "node:crypto";
import { mkdir, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { parseArgs } from "node:util";
import { findMongod } from "../src/mongod/binary.ts";
import { defaultCacheDir } from "../src/mongod/cache-dir.ts";
import { type Judgement, judge } from "../test/faults/checker.ts";
import { readHistory } from "../test/faults/history.ts";
import { unnamedFaults } from "../test/faults/replica-log.ts";
import { isProven, type SeedResult, writeReport } from "../test/faults/report.ts";
import { type RunOptions, replicaLogPaths, runFaults } from "../test/faults/run.ts";
import { detailLines, isKept, summaryLine } from "../test/faults/summary.ts";

const USAGE = `npm run faults -- [options]
  --seed S        what everything random is drawn from; any by default
  --seconds N     how long faults are injected, 60 by default
  --history FILE  where the history goes; by default in .cache/faults
  --no-barrier    let Delete return without waiting for the replicas: the promise must then be seen broken
  --check FILE    judge a history again, and run nothing
  --seeds N       run N seeds, from S on, and then one with --no-barrier, which must be seen broken
  --report FILE   with --seeds: write FILE.md and FILE.json`;

const say = (line: string) => console.log(line);

class UsageError extends Error {}

function readOptions() {
  const text = { type: "string" } as const;
  const flag = { type: "boolean" } as const;
  try {
    return parseArgs({
      options: {
        seed: text,
        seconds: text,
        history: text,
        "no-barrier": flag,
        check: text,
        seeds: text,
        report: text,
        help: flag,
      },
    }).values;
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

function wholeNumber(name: string, text: string): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value > 2 ** 31) throw new UsageError(`--${name} must be a whole number`);
  return value;
}

/** The first signal asks for an orderly end; a second one ends the process at once. */
function stopSignal(): AbortSignal {
  const controller = new AbortController();
  for (const name of ["SIGINT", "SIGTERM"] as const) {
    process.on(name, () => {
      if (controller.signal.aborted) process.exit(130);
      say("stopping; once more to stop at once");
      controller.abort();
    });
  }
  return controller.signal;
}

async function tellUnnamedFaults(historyPath: string): Promise<void> {
  for (const [replica, path] of replicaLogPaths(historyPath).entries()) {
    for (const fault of await unnamedFaults(path)) say(`replica ${replica} logged: ${fault}`);
  }
}

async function judgeFile(path: string): Promise<Judgement> {
  const judgement = await judge(() => readHistory(path));
  for (const line of detailLines(judgement)) say(line);
  if (judgement.violationCount > 0) await tellUnnamedFaults(path);
  say(summaryLine(judgement));
  return judgement;
}

type Common = Pick<RunOptions, "mongod" | "seconds" | "signal">;

async function runSeed(
  common: Common,
  seed: number,
  barrier: boolean,
  history?: string,
): Promise<SeedResult> {
  const historyPath = history ?? historyPathOf(seed, barrier);
  say(
    `seed ${seed}: ${common.seconds} seconds of faults${barrier ? "" : "; Delete does not wait for the replicas"}`,
  );
  await mkdir(dirname(historyPath), { recursive: true });
  await runFaults({ ...common, seed, barrier, historyPath, say });
  say(`history: ${historyPath}`);
  const judgement = await judgeFile(historyPath);
  // What was as it should be needs no second look, unless it was asked for.
  if (history === undefined && isKept(judgement) === barrier) await removeTraces(historyPath);
  return { seed, judgement };
}

/** How often a run is made again that could not be carried out, such as on a machine with too much else to do. */
const MAX_TRIES = 3;

/** What such a run wrote down is judged all the same: a violation in it counts. */
async function runSeedWithPatience(common: Common, seed: number): Promise<SeedResult> {
  for (let tries = 1; ; tries++) {
    try {
      return await runSeed(common, seed, true);
    } catch (error) {
      if (common.signal.aborted || tries === MAX_TRIES) throw error;
      say(`seed ${seed} could not be carried out: ${error instanceof Error ? error.message : error}`);
      const judgement = await judgeFile(historyPathOf(seed, true));
      if (judgement.violationCount > 0) return { seed, judgement };
    }
  }
}

const historyPathOf = (seed: number, barrier: boolean) =>
  join(".cache", "faults", `${seed}${barrier ? "" : "-no-barrier"}.jsonl`);

async function removeTraces(historyPath: string): Promise<void> {
  for (const path of [historyPath, ...replicaLogPaths(historyPath)]) await rm(path, { force: true });
}

async function runSeeds(common: Common, first: number, count: number, report?: string): Promise<boolean> {
  const results: SeedResult[] = [];
  for (let seed = first; seed < first + count; seed++) {
    results.push(await runSeedWithPatience(common, seed));
  }
  const control = await runSeed(common, first, false);
  const { seconds, mongod } = common;
  const all = { seconds, mongodVersion: mongod.version, results, control };
  if (report !== undefined) await writeReport(report, all);
  for (const { seed, judgement } of results) say(`seed ${seed}: ${summaryLine(judgement)}`);
  say(`seed ${control.seed}, without the barrier: ${summaryLine(control.judgement)}`);
  return isProven(all);
}

async function main(): Promise<boolean> {
  const options = readOptions();
  if (options.help) {
    say(USAGE);
    return true;
  }
  if (options.check !== undefined) return isKept(await judgeFile(options.check));
  const seed = options.seed === undefined ? randomInt(2 ** 31) : wholeNumber("seed", options.seed);
  const seconds = wholeNumber("seconds", options.seconds ?? "60");
  const signal = stopSignal();
  const explicit = process.env.KEYFAST_MONGOD;
  const mongod = await findMongod({ explicit, cacheDir: defaultCacheDir(), progress: say, signal });
  const common = { mongod, seconds, signal };
  if (options.seeds !== undefined) {
    return runSeeds(common, seed, wholeNumber("seeds", options.seeds), options.report);
  }
  const { judgement } = await runSeed(common, seed, !options["no-barrier"], options.history);
  return isKept(judgement);
}

try {
  process.exitCode = (await main()) ? 0 : 1;
} catch (error) {
  if (error instanceof UsageError) console.error(`${error.message}\n\n${USAGE}`);
  else if (error instanceof Error && error.name === "AbortError") console.error("stopped before its end");
  else console.error(error);
  process.exitCode = 2;
}
// Everything has been taken back by now. Connections to replicas that were killed may keep Node busy for ever while it ends
// by itself.
process.exit();
