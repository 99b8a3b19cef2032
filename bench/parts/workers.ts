/** Whether a second worker makes calls dearer. Servers and load share all processors here. */

import { CONFIG_VARIABLES } from "../../src/config.ts";
import { plainCalls } from "../data/verify-calls.ts";
import { writeCalls } from "../harness/calls-file.ts";
import { verifyFile } from "../harness/contenders.ts";
import { eventually } from "../harness/eventually.ts";
import { fillWorkers } from "../harness/filling.ts";
import type { Lab } from "../harness/lab.ts";
import { runLoader } from "../harness/loader.ts";
import { type Contender, measure } from "../harness/measure.ts";
import { readKeysInMemory } from "../harness/metrics.ts";
import { allRuns, doubts, figure, type Part, ratioFigure } from "../harness/part.ts";
import { processTree } from "../harness/proc.ts";
import { column, interleave } from "../harness/repeats.ts";
import { type Service, verifyTarget } from "../harness/service.ts";
import { FILLING_LOAD } from "../harness/settings.ts";
import { ratios } from "../harness/statistics.ts";
import { warm } from "../harness/warm-up.ts";

const LOAD = { mode: "closed", connections: 16, streams: 16 } as const;
/** Over one connection, so that the worker that it comes to knows all keys afterwards, however busy the machine is. */
const FILLING_ONE = {
  ...FILLING_LOAD,
  connections: 1,
  streams: FILLING_LOAD.connections * FILLING_LOAD.streams,
};

async function startWith(lab: Lab, stack: AsyncDisposableStack, workers: number): Promise<Contender> {
  const env = { KEYFAST_WORKERS: `${workers}` };
  const service = stack.use(await lab.startService({ cpus: lab.cpus.all, env }));
  const processes = processTree(service.pid).length;
  if (workers > 1 && processes <= workers) throw new Error(`${workers} workers, but ${processes} processes`);
  const name = workers === 1 ? "one worker" : `${workers} workers`;
  const target = verifyTarget(service.grpcPort, lab.secrets, await verifyFile(lab));
  const contender = { name, pid: service.pid, ...target };
  await untilAllServe(service, workers);
  await fill(lab, service, workers);
  return warm(lab, contender);
}

/** The service answers from its first worker on; its metrics tell when the others serve as well. */
const untilAllServe = (service: Service, workers: number) =>
  eventually(`${workers} workers do not all serve`, async () => {
    const { length } = await readKeysInMemory(service.metricsPort);
    if (length < workers) throw new Error(`${length} of them tell of their memory`);
  });

async function fill(lab: Lab, service: Service, workers: number): Promise<void> {
  const keys = await lab.keys();
  const file = await lab.file("workers");
  // Of the calls that are measured some are about texts that no memory holds.
  await writeCalls(file, keys.length, plainCalls(keys));
  const target = verifyTarget(service.grpcPort, lab.secrets, file);
  await fillWorkers({
    workers,
    keys: keys.length,
    ask: () => runLoader(lab.cpus.load, target, FILLING_ONE),
    held: () => readKeysInMemory(service.metricsPort),
  });
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
