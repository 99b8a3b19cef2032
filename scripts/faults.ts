/**
 * The fault run: `npm run faults -- --seed S --seconds N`. Exits with 0 where the promise was kept, with 1 where it was
 * not or nothing is proven, with 2 where the run or the check could not be carried out.
 */
import { randomInt } from "node:crypto";
import { mkdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { parseArgs } from "node:util";
import { findMongod } from "../src/mongod/binary.ts";
import { defaultCacheDir } from "../src/mongod/cache-dir.ts";
import { type Judgement, judge } from "../test/faults/checker.ts";
import { readHistory } from "../test/faults/history.ts";
import { runFaults } from "../test/faults/run.ts";
import { detailLines, isKept, summaryLine } from "../test/faults/summary.ts";

const USAGE = `npm run faults -- [options]
  --seed S        what everything random is drawn from; any by default
  --seconds N     how long faults are injected, 60 by default
  --history FILE  where the history goes; by default in .cache/faults
  --no-barrier    let Delete return without waiting for the replicas: the promise must then be seen broken
  --check FILE    judge a history again, and run nothing`;

const say = (line: string) => console.log(line);

class UsageError extends Error {}

function readOptions() {
  const { values } = parseArgs({
    options: {
      seed: { type: "string" },
      seconds: { type: "string" },
      history: { type: "string" },
      "no-barrier": { type: "boolean" },
      check: { type: "string" },
      help: { type: "boolean" },
    },
  });
  return values;
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

async function judgeFile(path: string): Promise<Judgement> {
  const judgement = await judge(() => readHistory(path));
  for (const line of detailLines(judgement)) say(line);
  say(summaryLine(judgement));
  return judgement;
}

async function main(): Promise<number> {
  const options = readOptions();
  if (options.help) {
    say(USAGE);
    return 0;
  }
  if (options.check !== undefined) return isKept(await judgeFile(options.check)) ? 0 : 1;
  const seed = options.seed === undefined ? randomInt(2 ** 31) : wholeNumber("seed", options.seed);
  const seconds = wholeNumber("seconds", options.seconds ?? "60");
  const barrier = !options["no-barrier"];
  const historyPath =
    options.history ?? join(".cache", "faults", `${seed}${barrier ? "" : "-no-barrier"}.jsonl`);
  say(
    `seed ${seed}, ${seconds} seconds of faults${barrier ? "" : ", Delete does not wait for the replicas"}`,
  );
  await mkdir(dirname(historyPath), { recursive: true });
  const signal = stopSignal();
  const explicit = process.env.KEYFAST_MONGOD;
  const mongod = await findMongod({ explicit, cacheDir: defaultCacheDir(), progress: say, signal });
  await runFaults({ mongod, seed, seconds, barrier, historyPath, say, signal });
  say(`history: ${historyPath}`);
  return isKept(await judgeFile(historyPath)) ? 0 : 1;
}

try {
  process.exitCode = await main();
} catch (error) {
  console.error(error instanceof UsageError ? error.message : error);
  process.exitCode = 2;
}
