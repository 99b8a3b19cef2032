/** Which faults a run injects, drawn from its seed. Pure. */
import { pick, randomOf } from "../support/random.ts";
import type { ReplicaSettings } from "./cluster.ts";
import type { LinkState } from "./link.ts";

export const FAULTS = {
  replica: ["replica killed", "replica stopped", "replica paused"],
  link: ["link cut", "link stalled", "link deaf", "link slow"],
  database: [
    "primary stepped down",
    "primary killed",
    "primary paused",
    "primary parted",
    "primary superseded",
    "secondary killed",
  ],
} as const;

/** Faults of one lane follow each other; those of different lanes overlap. */
export type Lane = keyof typeof FAULTS;
export type FaultKind = (typeof FAULTS)[Lane][number];
export const LANES = Object.keys(FAULTS) as Lane[];

export interface PlannedFault {
  readonly kind: FaultKind;
  /** Quiet time before it, in milliseconds. */
  readonly afterMs: number;
  /** How long it lasts, in milliseconds. */
  readonly holdMs: number;
  /** Those that are hurt; for a superseded primary those that are left alone with it. */
  readonly replicas: readonly number[];
  /** Whether links to all members are hurt, or that to the primary only. */
  readonly members: "all" | "primary";
  /** Of a slow link, in milliseconds. */
  readonly delayMs: number;
  /** What becomes of what is under way on a link when it is healed. */
  readonly underWay: "arrives" | "is lost";
  /** How members are parted. */
  readonly state: LinkState;
}

export interface Plan {
  readonly replicas: readonly ReplicaSettings[];
  faults(lane: Lane): Generator<PlannedFault, never>;
}

export const REPLICAS = 3;
/** Small caches make keys be read again and again, so that reads are under way when keys are deleted. */
const CACHE_KEYS = [8, 64, 100_000];
const LEASES_MS = [1_000, 1_500, 2_500];

type Random = () => number;
const between = (random: Random, low: number, high: number) => Math.round(low + random() * (high - low));

export function planOf(seed: number): Plan {
  const random = randomOf(seed);
  const replicas = Array.from({ length: REPLICAS }, () => ({
    leaseMs: pick(random, LEASES_MS),
    cacheKeys: pick(random, CACHE_KEYS),
  }));
  // Some runs leave hardly a quiet moment, others let everything recover in between.
  const quietMs = pick(random, [200, 1_000, 2_500]);
  const seeds = new Map(LANES.map((lane) => [lane, between(random, 0, 2 ** 31)]));
  const longestLeaseMs = Math.max(...replicas.map(({ leaseMs }) => leaseMs));
  return {
    replicas,
    faults: (lane) => faultsOf(lane, randomOf(seeds.get(lane) ?? 0), quietMs, longestLeaseMs),
  };
}

function* faultsOf(
  lane: Lane,
  random: Random,
  quietMs: number,
  leaseMs: number,
): Generator<PlannedFault, never> {
  for (;;) {
    // Each kind once before any comes again.
    for (const kind of shuffled(random, FAULTS[lane])) {
      yield {
        kind,
        afterMs: between(random, quietMs / 4, quietMs * 2),
        holdMs: holdOf(kind, random, leaseMs),
        replicas: someOf(random, REPLICAS, pick(random, [1, 1, 2, atMostOf(kind)])),
        members: pick(random, ["all", "primary"]),
        delayMs: between(random, 20, 700),
        underWay: pick(random, ["arrives", "is lost"]),
        state: { kind: pick(random, ["cut", "stalled"]) },
      };
    }
  }
}

/** While processes are down, one is left to answer; all may be paused, or cut off. */
const atMostOf = (kind: FaultKind) =>
  kind === "replica killed" || kind === "replica stopped" ? REPLICAS - 1 : REPLICAS;

function holdOf(kind: FaultKind, random: Random, leaseMs: number): number {
  switch (kind) {
    case "replica paused":
      return between(random, 1.1 * leaseMs, 2.5 * leaseMs);
    case "replica killed":
    case "replica stopped":
      return between(random, 50, 2_000);
    case "primary stepped down":
      return between(random, 500, 2_000);
    // Beyond the two seconds after which members elect another.
    case "primary paused":
    case "primary parted":
    case "primary superseded":
      return between(random, 2_500, 6_000);
    case "primary killed":
    case "secondary killed":
      return between(random, 200, 4_000);
    default:
      return between(random, 200, 3 * leaseMs);
  }
}

function shuffled<T>(random: Random, values: readonly T[]): T[] {
  const keyed = values.map((value) => ({ value, key: random() }));
  return keyed.sort((a, b) => a.key - b.key).map(({ value }) => value);
}

const someOf = (random: Random, count: number, wanted: number) =>
  shuffled(
    random,
    Array.from({ length: count }, (_, index) => index),
  ).slice(0, wanted);
