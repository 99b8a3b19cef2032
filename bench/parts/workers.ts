/** Whether a second worker makes calls dearer. Servers and load share all processors here. */

import { CONFIG_VARIABLES } from "../../src/config.ts";
import { callEach, verifyFile, warm } from "../harness/contenders.ts";
import type { Lab } from "../harness/lab.ts";
import { type Contender, measure } from "../harness/measure.ts";
import { allRuns, doubts, figure, type Part, ratioFigure } from "../harness/part.ts";
import { processTree } from "../harness/proc.ts";
import { column, interleave } from "../harness/repeats.ts";
import { verifyTarget } from "../harness/service.ts";
import { ratios } from "../harness/statistics.ts";

const LOAD = { mode: "closed", connections: 16, streams: 16 } as const;
/** Each worker has a memory of its own, and meets about half of what it does not know in a round: so many at most. */
const MOST_ROUNDS = 20;
/** Calls that still needed MongoDB, in the last round: one of them costs as much as a score of others. */
const FEW_MISSES = 0.0005;

async function startWith(lab: Lab, stack: AsyncDisposableStack, workers: number): Promise<Contender> {
  const env = { KEYFAST_WORKERS: `${workers}` };
  const service = stack.use(await lab.startService({ cpus: lab.cpus.all, env }));
  const processes = processTree(service.pid).length;
  if (workers > 1 && processes <= workers) throw new Error(`${workers} workers, but ${processes} processes`);
  const name = workers === 1 ? "one worker" : `${workers} workers`;
  const target = verifyTarget(service.grpcPort, lab.secrets, await verifyFile(lab));
  const contender = { name, pid: service.pid, ...target };
  await fill(lab, contender);
  return warm(lab, contender);
}

async function fill(lab: Lab, contender: Contender): Promise<void> {
  for (let round = 0; round < MOST_ROUNDS; round++) {
    if ((await callEach(lab, contender)) < FEW_MISSES) return;
  }
  throw new Error(`after ${MOST_ROUNDS} rounds the workers still do not know all keys`);
}

export const workers: Part = {
  name: "workers",
  summary: "CPU per call with one worker and with two",
  async run(lab) {
    if (!CONFIG_VARIABLES.some(({ name }) => name === "KEYFAST_WORKERS")) {
      return { figures: [], goals: { "workers.cpu": "not built yet" } };
    }
    const { repeats: count, rampMs: warmUpMs, windowMs: durationMs, stealLimit } = lab.settings;
    await using stack = new AsyncDisposableStack();
    const contenders = [await startWith(lab, stack, 1), await startWith(lab, stack, 2)];
    const watched = await lab.watched();
    const repeats = await interleave(
      contenders,
      { repeats: count, stealLimit, say: lab.say },
      (contender, repeat) =>
        measure(watched, contender, { ...LOAD, warmUpMs, durationMs, first: repeat * 9_973 }, lab.cpus.all),
    );
    const rate = (name: string) => column(repeats, name, (run) => run.callsPerSecond);
    const cost = (name: string) => column(repeats, name, (run) => run.cpuPerCall);
    return {
      figures: [
        ...contenders.map(({ name }) => figure(name, "calls/s", rate(name))),
        ...contenders.map(({ name }) => figure(`${name}, server CPU`, "us/call", cost(name))),
        ratioFigure("two workers against one", rate("2 workers"), rate("one worker")),
      ],
      goals: { "workers.cpu": ratios(cost("2 workers"), cost("one worker")) },
      runs: allRuns(repeats),
      notes: doubts(repeats, stealLimit),
    };
  },
};
