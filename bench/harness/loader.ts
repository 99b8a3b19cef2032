/** Runs the loader, and tells when what it measures begins and ends. */
import { buildLoader } from "./build-loader.ts";
import { Child } from "./children.ts";

/** Where calls go, and how each is made. */
export interface Target {
  readonly port: number;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Whether an answer also needs `grpc-status: 0`. */
  readonly grpc: boolean;
  /** A file by `writeCalls`. */
  readonly calls: string;
}

export interface Load {
  /** `closed` and `once` keep `connections * streams` calls in flight, `once` until each call was made; `rate` starts them by the clock. */
  readonly mode: "closed" | "rate" | "once";
  readonly connections: number;
  /** Most calls in flight on one connection. */
  readonly streams: number;
  readonly warmUpMs?: number;
  readonly durationMs?: number;
  /** Calls a second. */
  readonly rate?: number;
  /** Number of the call to begin with. */
  readonly first?: number;
  /** Send again what is answered UNAVAILABLE, as clients do; never where something is measured. */
  readonly insist?: boolean;
  /** Poll without sleeping, so that the loader's own wake-up is no part of a latency. */
  readonly spin?: boolean;
}

export interface Latency {
  readonly min: number;
  readonly mean: number;
  readonly p50: number;
  readonly p90: number;
  readonly p95: number;
  readonly p99: number;
  readonly p999: number;
  readonly max: number;
}

export interface LoadResult {
  /** Right answers in the window. */
  readonly calls: number;
  readonly seconds: number;
  /** Of the loader itself. */
  readonly cpu_seconds: number;
  readonly wrong: number;
  readonly broken: number;
  /** Not within five seconds after the end. At a fixed rate their waiting until then counts as their latency. */
  readonly unanswered: number;
  readonly retried: number;
  readonly reconnected: number;
  readonly latency_us: Latency;
  /** How late the loader itself was: between the moment at which a call was due and the one at which it was sent. */
  readonly lag_us: Latency;
  readonly first_bad: unknown;
}

/** What happens at the beginning and at the end of the window. */
export interface Watch {
  readonly measuring: () => void;
  readonly measured: () => void;
}

const linesOf = (target: Target, load: Load): string[] => [
  `port ${target.port}`,
  `path ${target.path}`,
  `calls ${target.calls}`,
  `grpc ${target.grpc}`,
  ...Object.entries(target.headers).map(([name, value]) => `header ${name}: ${value}`),
  `mode ${load.mode}`,
  `connections ${load.connections}`,
  `streams ${load.streams}`,
  `warm_up_ms ${load.warmUpMs ?? 0}`,
  `duration_ms ${load.durationMs ?? 0}`,
  `rate ${load.rate ?? 0}`,
  `first ${load.first ?? 0}`,
  `insist ${load.insist ?? false}`,
  `spin ${load.spin ?? false}`,
];

/** Throws where a single call was answered wrongly, or failed: such a figure would be worth nothing. */
export async function runLoader(
  cpus: string,
  target: Target,
  load: Load,
  watch?: Watch,
): Promise<LoadResult> {
  let result: LoadResult | undefined;
  const child = new Child({
    cpus,
    command: buildLoader(),
    args: [],
    input: `${linesOf(target, load).join("\n")}\n`,
    onLine: (line) => {
      if (line === '{"event":"measuring"}') watch?.measuring();
      else if (line === '{"event":"measured"}') watch?.measured();
      else if (line.startsWith('{"event":"result"')) result = JSON.parse(line);
    },
  });
  const ending = await child.exited;
  if (!result) throw new Error(`the loader ended with ${ending}: ${child.lastWords}`);
  requireSound(result, load);
  return result;
}

function requireSound(result: LoadResult, { mode }: Load): void {
  // At a fixed rate a server may be too slow to answer in time: that is for the latencies to tell.
  const lost = mode === "rate" ? 0 : result.unanswered;
  if (result.wrong + result.broken + lost > 0) {
    throw new Error(`not every call was answered rightly: ${JSON.stringify(result)}`);
  }
  if (result.calls === 0) throw new Error("no call was answered in the window");
}
