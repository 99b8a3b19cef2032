/** What a key in memory costs: resident memory of the service before and after it has so many keys. */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { NewKey } from "../../src/domain/new-key.ts";
import { seededRandom, shuffled } from "../data/random.ts";
import { malformedCalls, plainCalls } from "../data/verify-calls.ts";
import { writeCalls } from "../harness/calls-file.ts";
import { withDisturbance } from "../harness/disturbance.ts";
import type { Lab } from "../harness/lab.ts";
import { runLoader } from "../harness/loader.ts";
import { disturbed, figure, type Part } from "../harness/part.ts";
import { residentBytes } from "../harness/proc.ts";
import { column, interleave } from "../harness/repeats.ts";
import { type Service, verifyTarget } from "../harness/service.ts";
import { PEAK_LOAD } from "../harness/settings.ts";
import { median } from "../harness/statistics.ts";

const MILLION = 1_000_000;
const FILLER = join(import.meta.dirname, "../servers/fill-memory.ts");
const SAMPLES = 7;
/** Calls after each stage, about keys from all over the memory; and before the first, about no key at all. */
const CALLS = 50_000;
/** Above this a pass over keys that should all be in memory shows that they are not. */
const MOST_QUERIES_PER_CALL = 0.01;

interface Stage {
  /** In memory when the stage is done. */
  readonly keys: number;
  /** The texts of those that the stage adds. */
  readonly texts: string;
  /** Calls about some of all that are there then. */
  readonly calls: string;
}

/** Ten times as many in each stage, up to all. */
async function stagesOf(lab: Lab, keys: readonly NewKey[]): Promise<Stage[]> {
  const stages: Stage[] = [];
  let from = 0;
  while (from < keys.length) {
    const to = Math.min(keys.length, Math.max(10_000, from * 10));
    const [texts, calls] = [await lab.file(`memory-texts-${to}`), await lab.file(`memory-${to}`)];
    await writeFile(
      texts,
      keys
        .slice(from, to)
        .map(({ text }) => text)
        .join("\n"),
    );
    const asked = shuffled(seededRandom(to), keys.slice(0, to)).slice(0, CALLS);
    await writeCalls(calls, asked.length, plainCalls(asked));
    stages.push({ keys: to, texts, calls });
    from = to;
  }
  return stages;
}

/** In megabytes, once it has come to rest. */
async function resident({ settings }: Lab, service: Service): Promise<number> {
  const samples: number[] = [];
  for (let i = 0; i < SAMPLES; i++) {
    await delay(settings.settleMs / SAMPLES);
    samples.push(residentBytes(service.pid));
  }
  return median(samples.slice(Math.floor(SAMPLES / 2))) / 1e6;
}

const callEach = (lab: Lab, service: Service, file: string) =>
  runLoader(lab.cpus.load, verifyTarget(service.grpcPort, lab.secrets, file), { ...PEAK_LOAD, mode: "once" });

/** Calls about keys that must be in memory: a figure about them would be a lie if they were not there. */
async function callInMemory(lab: Lab, service: Service, file: string): Promise<void> {
  const before = await lab.databaseQueries();
  const { calls } = await callEach(lab, service, file);
  const perCall = ((await lab.databaseQueries()) - before) / calls;
  if (perCall > MOST_QUERIES_PER_CALL) {
    throw new Error(`the keys are not in memory: ${perCall.toFixed(2)} queries for each Verify`);
  }
}

/** A service that takes one file of keys into its memory each time it is asked to. */
async function startFilled(lab: Lab, stages: readonly Stage[], all: number) {
  let filled = Promise.withResolvers<number>();
  const service = await lab.startService({
    nodeOptions: ["--import", FILLER],
    env: { KEYFAST_CACHE_KEYS: `${all}`, BENCH_FILL: JSON.stringify(stages.map(({ texts }) => texts)) },
    onLine: (line) => {
      if (line.startsWith('{"filled":')) filled.resolve(JSON.parse(line).filled);
    },
  });
  const fill = async () => {
    filled = Promise.withResolvers();
    process.kill(service.pid, "SIGUSR2");
    return await Promise.race([filled.promise, failedEarly(service)]);
  };
  return { service, fill };
}

async function failedEarly(service: Service): Promise<never> {
  throw new Error(`the service ended with ${await service.ended}`);
}

interface Growth {
  /** Megabytes that the process took after its start, to answer calls while it had no key. */
  readonly byCalls: number;
  /** Megabytes above that, after each stage. */
  readonly byKeys: readonly number[];
}

async function grow(lab: Lab, stages: readonly Stage[], noKeys: string, all: number): Promise<Growth> {
  const { service, fill } = await startFilled(lab, stages, all);
  const started = await resident(lab, service);
  await callEach(lab, service, noKeys);
  const empty = await resident(lab, service);
  const byKeys: number[] = [];
  for (const { keys, calls } of stages) {
    const held = await fill();
    if (held !== keys) throw new Error(`${held} keys in memory where there should be ${keys}`);
    await callInMemory(lab, service, calls);
    byKeys.push((await resident(lab, service)) - empty);
  }
  await service.stop();
  return { byCalls: empty - started, byKeys };
}

export const memory: Part = {
  name: "memory",
  summary: "memory of the service with more and more keys in it",
  async run(lab) {
    const keys = (await lab.largeProject()) ?? (await lab.keys());
    const stages = await stagesOf(lab, keys);
    const noKeys = await lab.file("memory-none");
    await writeCalls(noKeys, Math.min(CALLS, keys.length), malformedCalls(keys.slice(0, CALLS)));
    const { repeats: count, stealLimit } = lab.settings;
    const options = { repeats: count, stealLimit, say: lab.say };
    const repeats = await interleave([{ name: "keyfast" }], options, (_, repeat) => {
      lab.say(`memory: repeat ${repeat + 1}`);
      return withDisturbance(() => grow(lab, stages, noKeys, keys.length));
    });
    const growths = (value: (growth: Growth) => number) => column(repeats, "keyfast", value);
    const of = (stage: number) => growths(({ byKeys }) => byKeys[stage] ?? Number.NaN);
    const { disturbances, notes } = disturbed(repeats, stealLimit);
    const million = stages.findIndex((stage) => stage.keys === MILLION);
    return {
      figures: [
        figure(
          "without a key, after calls, above its start",
          "MB",
          growths(({ byCalls }) => byCalls),
        ),
        ...stages.map((stage, i) =>
          figure(`with ${stage.keys.toLocaleString("en")} keys, above that`, "MB", of(i)),
        ),
      ],
      goals: { "memory.million": million < 0 ? "full run only" : of(million) },
      disturbances,
      notes: ["the service reads its keys in batches, not call by call", ...notes],
    };
  },
};
