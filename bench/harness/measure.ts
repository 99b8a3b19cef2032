/** One measurement: a load on one server, with what it cost and what disturbed it. */
import type { Cpus } from "./cpus.ts";
import { type Disturbance, disturbance } from "./disturbance.ts";
import { type Latency, type Load, runLoader, type Target, type Watch } from "./loader.ts";
import { cpuSeconds, machineTime } from "./proc.ts";

/** A server under test. */
export interface Contender extends Target {
  readonly name: string;
  readonly pid: number;
}

export interface Run extends Disturbance {
  readonly contender: string;
  readonly calls: number;
  readonly seconds: number;
  readonly callsPerSecond: number;
  /** Processor time of the server and its workers for each call, in microseconds. */
  readonly cpuPerCall: number;
  /** In microseconds. */
  readonly latency: Latency;
  /** 99th percentile of how late the loader sent what was due, in microseconds. */
  readonly lagP99: number;
  /** Processors in use, 1 being one of them, by the server, the loader and MongoDB. */
  readonly serverUse: number;
  readonly loaderUse: number;
  readonly databaseUse: number;
  /** Whether the loader polled without sleeping, and so used its whole processor. */
  readonly spun: boolean;
  readonly reconnected: number;
  /** Calls that waited for more than five seconds after the end, at a fixed rate. */
  readonly unanswered: number;
}

interface Reading {
  readonly at: number;
  readonly server: number;
  readonly database: number;
  readonly own: number;
  readonly machine: ReturnType<typeof machineTime>;
}

export interface Watched {
  readonly cpus: Cpus;
  /** MongoDB's process, where one runs. */
  readonly databasePid: number | undefined;
}

function read(contender: Contender, databasePid: number | undefined): Reading {
  const { user, system } = process.cpuUsage();
  return {
    at: performance.now() / 1_000,
    server: cpuSeconds(contender.pid),
    database: databasePid === undefined ? 0 : cpuSeconds(databasePid),
    own: (user + system) / 1e6,
    machine: machineTime(),
  };
}

export async function measure(
  watched: Watched,
  contender: Contender,
  load: Load,
  cpus = watched.cpus.load,
): Promise<Run> {
  const readings: Reading[] = [];
  const note = () => void readings.push(read(contender, watched.databasePid));
  const watch: Watch = { measuring: note, measured: note };
  const result = await runLoader(cpus, contender, load, watch);
  const [from, to] = readings;
  if (!from || !to) throw new Error("the loader did not say when it measured");
  const server = to.server - from.server;
  const database = to.database - from.database;
  const ours = server + database + result.cpu_seconds + to.own - from.own;
  const elapsed = to.at - from.at;
  return {
    contender: contender.name,
    calls: result.calls,
    seconds: result.seconds,
    callsPerSecond: result.calls / result.seconds,
    cpuPerCall: (server / result.calls) * 1e6,
    latency: result.latency_us,
    lagP99: result.lag_us.p99,
    serverUse: server / elapsed,
    loaderUse: result.cpu_seconds / elapsed,
    databaseUse: database / elapsed,
    spun: load.spin ?? false,
    ...disturbance(from.machine, to.machine, ours),
    reconnected: result.reconnected,
    unanswered: result.unanswered,
  };
}
