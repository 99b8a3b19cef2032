/** What is told to Prometheus, as plain values. */
import { collectDefaultMetrics, Registry } from "prom-client";
import type { BarrierMetrics } from "./barrier-metrics.ts";
import { type CallMetrics, OUTCOMES, VERDICTS } from "./call-metrics.ts";
import { BUCKETS, type Histogram } from "./histogram.ts";

export type Labels = Readonly<Record<string, string | number>>;

export interface Sample {
  readonly labels: Labels;
  readonly value: number;
  /** Where it is not that of the family. */
  readonly metricName?: string;
}

/** All samples of one name. */
export interface Family {
  readonly name: string;
  readonly help: string;
  readonly type: "counter" | "gauge" | "histogram";
  readonly values: readonly Sample[];
  /** Whether those of several workers are added up; otherwise they are told of each. */
  readonly addsUp?: boolean;
}

/** What a process holds of keys. */
export interface MemoryState {
  readonly keys: number;
  readonly leaseIsGood: boolean;
  /** How many keys it has seen to be deleted since it began. */
  readonly deletions: number;
}

export type Collect = () => Promise<readonly Family[]>;

export interface Sources {
  readonly calls: CallMetrics;
  readonly barrier: BarrierMetrics;
  readonly memory: () => MemoryState;
}

/** Our own, and those of the process, which are watched from the first time on that somebody asks. */
export function createCollect({ calls, barrier, memory }: Sources): Collect {
  let ofProcess: Registry | undefined;
  return async () => {
    if (!ofProcess) {
      ofProcess = new Registry();
      collectDefaultMetrics({ register: ofProcess });
    }
    const families = (await ofProcess.getMetricsAsJSON()) as unknown as Family[];
    const ofCalls = [...callFamilies(calls), ...barrierFamilies(barrier)];
    return [
      ...ofCalls.map((family) => ({ ...family, addsUp: true })),
      ...memoryFamilies(memory()),
      ...families,
    ];
  };
}

const single =
  (type: "counter" | "gauge") =>
  (name: string, help: string, value: number): Family => ({
    name,
    help,
    type,
    values: [{ labels: {}, value }],
  });

export const gauge = single("gauge");
export const counter = single("counter");

function callFamilies({ methods, verdicts }: CallMetrics): Family[] {
  const all = [...methods];
  const duration = "keyfast_call_duration_seconds";
  return [
    {
      name: "keyfast_calls_total",
      help: "Calls by method and by outcome: OK, or the reason of the error.",
      type: "counter",
      values: all.flatMap(([method, { outcomes }]) =>
        OUTCOMES.map((outcome, i) => ({ labels: { method, outcome }, value: outcomes[i] ?? 0 })),
      ),
    },
    {
      name: "keyfast_verdicts_total",
      help: "What Verify answered.",
      type: "counter",
      values: VERDICTS.map((verdict, i) => ({ labels: { verdict }, value: verdicts[i] ?? 0 })).slice(1),
    },
    {
      name: duration,
      help: "How long calls took, from their headers to their answer.",
      type: "histogram",
      values: all.flatMap(([method, { duration: took }]) => histogramSamples(duration, { method }, took)),
    },
  ];
}

function barrierFamilies({ waited, fenced }: BarrierMetrics): Family[] {
  const name = "keyfast_delete_wait_seconds";
  const help = "How long Deletes waited for the replicas.";
  return [
    { name, help, type: "histogram", values: histogramSamples(name, {}, waited) },
    counter("keyfast_replicas_fenced_total", "Replicas that Deletes had to wait out.", fenced),
  ];
}

const memoryFamilies = ({ keys, leaseIsGood, deletions }: MemoryState): Family[] => [
  gauge("keyfast_memory_keys", "Keys that are answered from memory.", keys),
  gauge("keyfast_lease_good", "1 while memory may be used, otherwise 0.", leaseIsGood ? 1 : 0),
  counter("keyfast_deletions_applied_total", "Deletions of keys that memory has followed.", deletions),
];

function histogramSamples(name: string, labels: Labels, histogram: Histogram): Sample[] {
  const counts = histogram.cumulative();
  const ends = [...BUCKETS, "+Inf"];
  return [
    ...counts.map((value, i) => ({
      metricName: `${name}_bucket`,
      labels: { ...labels, le: ends[i] ?? "" },
      value,
    })),
    { metricName: `${name}_sum`, labels, value: histogram.sum },
    { metricName: `${name}_count`, labels, value: counts.at(-1) ?? 0 },
  ];
}
