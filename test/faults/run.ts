/** One fault run: starts a cluster, loads it, hurts it as the seed says, heals it, and leaves a history behind. */
import { rmSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { MongodCommand } from "../../src/mongod/command.ts";
import { Calls } from "./calls.ts";
import { Cluster } from "./cluster.ts";
import { HistoryWriter } from "./history.ts";
import { inject } from "./inject.ts";
import { LANES, type Lane, type Plan, type PlannedFault, planOf, REPLICAS } from "./schedule.ts";
import { isAlive, Workload } from "./workload.ts";

export interface RunOptions {
  readonly mongod: MongodCommand;
  readonly seed: number;
  /** For how long faults are injected. */
  readonly seconds: number;
  readonly barrier: boolean;
  readonly historyPath: string;
  readonly say: (line: string) => void;
  /** Ends the run early; everything is cleaned up, and the history stays cut off. */
  readonly signal: AbortSignal;
}

/** How long everything may take to answer again once nothing is hurt any more, in milliseconds. */
const RECOVERY_MS = 60_000;
/** Load without faults, in milliseconds, before and after. */
const CALM_MS = 2_000;

/** Throws where the run could not be carried out. What it showed is for the checker to say. */
export async function runFaults(options: RunOptions): Promise<void> {
  const { seed, seconds, barrier, say, signal } = options;
  const plan = planOf(seed);
  await using folder = await TempFolder.make();
  const history = new HistoryWriter(options.historyPath);
  await using _file = { [Symbol.asyncDispose]: () => history.close() };
  history.write({ type: "run", seed, seconds, barrier, replicas: plan.replicas });
  const onCrash = (replica: number) => {
    say(`replica ${replica} ended by itself`);
    history.write({ type: "crash", replica, at: history.now() });
  };
  const directory = folder.path;
  const { mongod, historyPath } = options;
  const logPaths = replicaLogPaths(historyPath);
  const { replicas } = plan;
  await using cluster = await Cluster.start({ mongod, barrier, directory, replicas, logPaths, onCrash });
  const calls = cluster.replicas.map(({ index, url }) => new Calls(index, url, cluster, history));
  const workload = new Workload(calls, seed);
  try {
    await delay(CALM_MS, undefined, { signal });
    await hurt(cluster, plan, history, options);
    history.write({ type: "healed", at: history.now() });
    const limit = AbortSignal.any([signal, AbortSignal.timeout(RECOVERY_MS)]);
    await Promise.all(calls.map((own) => isAlive(own, limit)));
    await delay(CALM_MS, undefined, { signal });
  } finally {
    // A cluster that is gone answers at once; a run that was stopped need not wait for its answers.
    if (signal.aborted) await cluster[Symbol.asyncDispose]();
    await workload.stop();
  }
  history.write({ type: "end", at: history.now() });
}

/** What each replica of a run logs, beside the history: it tells why where a violation only tells that. */
export const replicaLogPaths = (historyPath: string) =>
  Array.from({ length: REPLICAS }, (_, replica) =>
    historyPath.replace(/(?:\.jsonl)?$/, `.replica-${replica}.log`),
  );

/** All lanes at the same time, until none of their faults is left. */
async function hurt(
  cluster: Cluster,
  plan: Plan,
  history: HistoryWriter,
  options: RunOptions,
): Promise<void> {
  const end = performance.now() + options.seconds * 1000;
  const lanes = LANES.map((lane) => runLane(lane, cluster, plan, history, end, options));
  // One that fails ends the run; the others are left to take back what they did.
  const results = await Promise.allSettled(lanes);
  for (const result of results) if (result.status === "rejected") throw result.reason;
}

async function runLane(
  lane: Lane,
  cluster: Cluster,
  plan: Plan,
  history: HistoryWriter,
  end: number,
  { say, signal }: RunOptions,
): Promise<void> {
  for (const fault of plan.faults(lane)) {
    if (performance.now() + fault.afterMs + fault.holdMs > end) return;
    await delay(fault.afterMs, undefined, { signal });
    await runFault(fault, cluster, history, say, signal);
  }
}

async function runFault(
  fault: PlannedFault,
  cluster: Cluster,
  history: HistoryWriter,
  say: (line: string) => void,
  signal: AbortSignal,
): Promise<void> {
  const { kind, holdMs } = fault;
  const start = history.now();
  const { target, heal } = await inject(cluster, fault);
  say(`${(start / 1e9).toFixed(1).padStart(6)} s  ${kind}: ${target}`);
  await delay(holdMs, undefined, { signal });
  await heal();
  history.write({ type: "fault", kind, target, start, end: history.now() });
}

const folders = new Set<string>();
// For an end without any farewell; the processes that were in there are killed in the same way.
process.on("exit", () => {
  for (const path of folders) rmSync(path, { recursive: true, force: true, maxRetries: 5 });
});

class TempFolder implements AsyncDisposable {
  readonly path: string;

  private constructor(path: string) {
    this.path = path;
    folders.add(path);
  }

  static async make(): Promise<TempFolder> {
    return new TempFolder(await mkdtemp(join(tmpdir(), "keyfast-faults-")));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.path, { recursive: true, force: true, maxRetries: 5 });
    folders.delete(this.path);
  }
}
