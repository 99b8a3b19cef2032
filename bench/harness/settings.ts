/** How much of everything. */

export interface Settings {
  readonly mode: "full" | "quick";
  /** Keys that are verified, each by a call of its own. */
  readonly keys: number;
  /** Keys of the large project; undefined: the parts that need one tell `full run only`. */
  readonly largeProject: number | undefined;
  /** Keys of the small one. */
  readonly smallProject: number;
  /** Keys of better-auth. */
  readonly peerKeys: number;
  readonly repeats: number;
  /** Load on each server before it is measured at all. */
  readonly warmUpMs: number;
  /** Load before the window of each single run. */
  readonly rampMs: number;
  /** What is measured in each single run. */
  readonly windowMs: number;
  /** How long a process may come to rest before its memory is read. */
  readonly settleMs: number;
  /** Deletes in each repeat. */
  readonly deletes: number;
  /** A repeat in which the host took more than this share of the machine's time is made again. */
  readonly stealLimit: number;
}

export const FULL: Settings = {
  mode: "full",
  keys: 100_000,
  largeProject: 1_000_000,
  smallProject: 1_000,
  peerKeys: 10_000,
  repeats: 5,
  warmUpMs: 10_000,
  rampMs: 1_000,
  windowMs: 6_000,
  settleMs: 2_000,
  deletes: 200,
  stealLimit: 0.1,
};

export const QUICK: Settings = {
  ...FULL,
  mode: "quick",
  keys: 10_000,
  largeProject: undefined,
  peerKeys: 1_000,
  warmUpMs: 1_000,
  rampMs: 200,
  windowMs: 1_000,
  settleMs: 1_000,
  deletes: 50,
};

/** How keys are brought into a server's memory: what it does not know yet, it has to ask MongoDB for. */
export const FILLING_LOAD = { mode: "once", connections: 16, streams: 4, insist: true } as const;

/** What the measured servers are loaded with where they should give all they can. */
export const PEAK_LOAD = { mode: "closed", connections: 8, streams: 32 } as const;
