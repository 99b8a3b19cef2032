/** What a key in memory costs: resident memory of the service before and after it has verified so many keys. */
import { setTimeout as delay } from "node:timers/promises";
import type { NewKey } from "../../src/domain/new-key.ts";
import { plainCalls } from "../data/verify-calls.ts";
import { writeCalls } from "../harness/calls-file.ts";
import type { Lab } from "../harness/lab.ts";
import { runLoader } from "../harness/loader.ts";
import { figure, type Part } from "../harness/part.ts";
import { residentBytes } from "../harness/proc.ts";
import { type Service, verifyTarget } from "../harness/service.ts";
import { FILLING_LOAD } from "../harness/settings.ts";
import { median } from "../harness/statistics.ts";

const MILLION = 1_000_000;
const SETTLE_MS = 3_000;
const SAMPLES = 7;
/** Above this a pass over keys that should all be in memory shows that they are not. */
const MOST_QUERIES_PER_CALL = 0.01;

interface Stage {
  /** In memory when the stage is done. */
  readonly keys: number;
  /** One call about each key that the stage adds. */
  readonly file: string;
}

/** Ten times as many in each stage, up to all. */
async function stagesOf(lab: Lab, keys: readonly NewKey[]): Promise<Stage[]> {
  const stages: Stage[] = [];
  for (
    let from = 0, to = Math.min(keys.length, 10_000);
    from < keys.length;
    from = to, to = Math.min(keys.length, to * 10)
  ) {
    const file = await lab.file(`memory-${to}`);
    await writeCalls(file, to - from, plainCalls(keys.slice(from, to)));
    stages.push({ keys: to, file });
  }
  return stages;
}

/** In bytes, once it has come to rest. */
async function resident(service: Service): Promise<number> {
  const samples: number[] = [];
  for (let i = 0; i < SAMPLES; i++) {
    await delay(SETTLE_MS / SAMPLES);
    samples.push(residentBytes(service.pid));
  }
  return median(samples.slice(Math.floor(SAMPLES / 2)));
}

const callEach = (lab: Lab, service: Service, file: string) =>
  runLoader(lab.cpus.load, verifyTarget(service.grpcPort, lab.secrets, file), FILLING_LOAD);

/** A figure about keys in memory would be a lie if they were not there. */
async function requireInMemory(lab: Lab, service: Service, { file, keys }: Stage): Promise<void> {
  const before = await lab.databaseQueries();
  await callEach(lab, service, file);
  const perCall = ((await lab.databaseQueries()) - before) / keys;
  if (perCall > MOST_QUERIES_PER_CALL) {
    throw new Error(`the keys are not in memory: ${perCall.toFixed(2)} queries for each Verify`);
  }
}

/** Megabytes above the empty process after each stage. */
async function grow(lab: Lab, stages: readonly Stage[], all: number): Promise<number[]> {
  const service = await lab.startService({ env: { KEYFAST_CACHE_KEYS: `${all}` } });
  const empty = await resident(service);
  const grown: number[] = [];
  for (const stage of stages) {
    await callEach(lab, service, stage.file);
    grown.push(((await resident(service)) - empty) / 1e6);
  }
  const [first] = stages;
  if (first) await requireInMemory(lab, service, first);
  await service.stop();
  return grown;
}

export const memory: Part = {
  name: "memory",
  summary: "memory of the service with more and more keys in it",
  async run(lab) {
    const keys = (await lab.largeProject()) ?? (await lab.keys());
    const stages = await stagesOf(lab, keys);
    const repeats: number[][] = [];
    for (let repeat = 0; repeat < lab.settings.repeats; repeat++) {
      lab.say(`memory: repeat ${repeat + 1}`);
      repeats.push(await grow(lab, stages, keys.length));
    }
    const of = (stage: number) => repeats.map((grown) => grown[stage] ?? Number.NaN);
    const million = stages.findIndex((stage) => stage.keys === MILLION);
    return {
      figures: stages.map((stage, i) =>
        figure(`memory for ${stage.keys.toLocaleString("en")} cached keys`, "MB", of(i)),
      ),
      goals: { "memory.million": million < 0 ? "full run only" : of(million) },
    };
  },
};
