/** The goals, and how a figure is judged by them. */

interface Bounds {
  /** Whether the figure should be at least or at most the two numbers. */
  readonly direction: "at least" | "at most";
  /** What a release needs. */
  readonly must: number;
  /** Where we are going. */
  readonly aim: number;
}

function goal<Id extends string>(
  id: Id,
  part: string,
  text: string,
  direction: Bounds["direction"],
  [must, aim]: readonly [number, number],
  unit: "" | "MB" = "",
) {
  return { id, part, text, direction, must, aim, unit } as const;
}

/** In the order in which they are told. Ratios but for memory, which is in MB of 1,000,000 bytes. */
export const GOALS = [
  goal("verify.floor", "verify", "Verify, calls/s against the floor", "at least", [0.7, 0.9]),
  goal(
    "verify.connect",
    "verify",
    "Verify, calls/s against connect-node's constant handler",
    "at least",
    [6, 9],
  ),
  goal("verify.grpcjs", "verify", "Verify, calls/s against grpc-js's constant handler", "at least", [1, 1.3]),
  goal("cpu.floor", "verify", "server CPU per Verify against the floor's", "at most", [1.45, 1.15]),
  goal("latency.floor", "latency", "one call at a time, p50 against the floor's", "at most", [1.3, 1.1]),
  goal("rate.grpcjs", "rate", "p99 at a quarter of the floor's peak, against grpc-js's", "at most", [1, 0.5]),
  goal("workers.cpu", "workers", "two workers, CPU per call against one worker's", "at most", [1.15, 1.05]),
  goal("memory.million", "memory", "memory for 1,000,000 cached keys", "at most", [450, 300], "MB"),
  goal(
    "client.hit",
    "client",
    "client verifier, hits/s against grpc-js client calls/s",
    "at least",
    [30, 100],
  ),
  goal(
    "client.stream",
    "client",
    "client verifier, misses/s over its stream against unary calls/s",
    "at least",
    [6, 12],
  ),
  goal("peer", "peer", "Verify, calls/s against better-auth's api-key plugin", "at least", [30, 60]),
  goal(
    "delete",
    "delete",
    "Delete with its barrier, p50 against a bare majority delete",
    "at most",
    [4, 2.5],
  ),
  goal("list.first", "list", "List, p95 at 1,000,000 keys against 1,000", "at most", [2, 1.2]),
  goal("list.deep", "list", "deep page, p95 at 1,000,000 keys against 1,000", "at most", [2, 1.2]),
  goal("list.few", "list", "search that matches few, p95 at 1,000,000 against 1,000", "at most", [4, 2]),
  goal("list.many", "list", "search that matches many, p95 at 1,000,000 against 1,000", "at most", [4, 2]),
] as const;

export type Goal = (typeof GOALS)[number];
export type GoalId = Goal["id"];

export type Judgement = "REACHED" | "MUST ONLY" | "NOT REACHED";

/** Why a goal has no figure in this run. */
export type Absence = "full run only" | "not built yet" | "not asked for" | "failed";

/** REACHED: the aim is met. MUST ONLY: what a release needs is. A figure that is not a number reaches nothing. */
export function judge({ direction, must, aim }: Bounds, figure: number): Judgement {
  const meets = (bound: number) => (direction === "at least" ? figure >= bound : figure <= bound);
  if (meets(aim)) return "REACHED";
  return meets(must) ? "MUST ONLY" : "NOT REACHED";
}
