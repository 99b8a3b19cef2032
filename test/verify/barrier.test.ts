/** The barrier against a list of leases whose reads show what a test wants, as far as the reader allows it. */
import { setImmediate } from "node:timers/promises";
import { ObjectId, Timestamp } from "mongodb";
import { describe, expect, it } from "vitest";
import type { LeaseId, ListedLease } from "../../src/store/leases.ts";
import { createBarrier, type OwnProgress } from "../../src/verify/barrier.ts";
import { systemClock } from "../../src/verify/clock.ts";
import { waitOut } from "../../src/verify/lease.ts";

const LENGTH_MS = 40;
const RHO = 0.001;
const WAIT_MS = waitOut(LENGTH_MS, RHO);
const FENCE_AFTER_MS = 60;
const at = (t: number) => new Timestamp({ t, i: 1 });
/** When the deletion was committed. */
const TIME = at(100);

const never = () => new Promise<void>(() => {});
/** As seen by a process that holds none of the leases. */
const ELSEWHERE: OwnProgress = { appliedUnder: () => undefined, moved: never };

const aLease = (applied: Timestamp, fenced = false): ListedLease => ({
  id: new ObjectId(),
  lengthMs: LENGTH_MS,
  applied,
  fenced,
});

interface State {
  readonly time: Timestamp;
  readonly leases: readonly ListedLease[];
}

/** Remembers each state that the list was in, from the deletion on. */
class Leases {
  readonly #states: State[];
  /** Reads are answered by a member that knows no more than it must, or by one that knows all. */
  readonly #reads: "earliest" | "latest";
  /** What others do before each look at the list. */
  beforeRead: () => void = () => {};
  marksTakeEffect = true;
  removals: () => Promise<void> = async () => {};
  readonly removed: LeaseId[] = [];

  constructor(reads: "earliest" | "latest", leases: readonly ListedLease[]) {
    this.#reads = reads;
    this.#states = [{ time: TIME, leases }];
  }

  get #latest(): State {
    return this.#states.at(-1) as State;
  }

  /** Changes each lease, or takes it from the list; the time of that write. */
  write(change: (lease: ListedLease) => ListedLease | undefined): Timestamp {
    const { time, leases } = this.#latest;
    const next = at(time.getHighBitsUnsigned() + 1);
    this.#states.push({ time: next, leases: leases.map(change).filter((lease) => lease !== undefined) });
    return next;
  }

  async listAfter(time: Timestamp): Promise<ListedLease[]> {
    this.beforeRead();
    const earliest = this.#states.find((state) => state.time.greaterThanOrEqual(time));
    const state = this.#reads === "earliest" ? earliest : this.#latest;
    return [...(state ?? this.#latest).leases];
  }

  async fence(ids: readonly LeaseId[], time: Timestamp): Promise<Timestamp> {
    const isMarked = ({ id, applied }: ListedLease) =>
      this.marksTakeEffect && ids.some((other) => other.equals(id)) && applied.lessThan(time);
    return this.write((lease) => (isMarked(lease) ? { ...lease, fenced: true } : lease));
  }

  async removeFenced(ids: readonly LeaseId[]): Promise<void> {
    await this.removals();
    this.removed.push(...ids);
  }
}

function run(leases: Leases, own: OwnProgress = ELSEWHERE) {
  const options = { leases, clock: systemClock, fenceAfterMs: FENCE_AFTER_MS, clockRateMargin: RHO, own };
  return createBarrier(options)(TIME);
}

/** Waits are compared with lower bounds, which the promise sets; never with upper ones. */
async function timed<T>(work: () => Promise<T>): Promise<{ result: T; ms: number }> {
  const start = systemClock.monotonic();
  const result = await work();
  return { result, ms: systemClock.monotonic() - start };
}

describe("a silent lease", () => {
  it("is waited out, also where a read as of the deletion does not show its mark yet", async () => {
    const silent = aLease(at(1));
    const leases = new Leases("earliest", [silent]);
    const { result, ms } = await timed(() => run(leases));
    expect(ms).toBeGreaterThanOrEqual(FENCE_AFTER_MS + WAIT_MS);
    expect(result).toEqual({ acknowledged: 0, fenced: 1 });
    expect(leases.removed).toEqual([silent.id]);
  });

  it("that is still live after it was marked makes the Delete fail", async () => {
    const leases = new Leases("latest", [aLease(at(1))]);
    leases.marksTakeEffect = false;
    await expect(run(leases)).rejects.toMatchObject({ reason: "DATABASE_UNAVAILABLE" });
    expect(leases.removed).toEqual([]);
  });

  it("that another Delete has marked is waited out for the whole time all the same", async () => {
    const { result, ms } = await timed(() => run(new Leases("latest", [aLease(at(1), true)])));
    expect(ms).toBeGreaterThanOrEqual(WAIT_MS);
    expect(result).toEqual({ acknowledged: 0, fenced: 1 });
  });

  it("is waited out by the length that stands in it, the longest of several", async () => {
    const longer = { ...aLease(at(1), true), lengthMs: 150 };
    const { result, ms } = await timed(() => run(new Leases("latest", [aLease(at(1), true), longer])));
    expect(ms).toBeGreaterThanOrEqual(waitOut(longer.lengthMs, RHO));
    expect(result).toEqual({ acknowledged: 0, fenced: 2 });
  });

  it("that cannot be removed after the wait does not make the Delete fail", async () => {
    const leases = new Leases("latest", [aLease(at(1), true)]);
    leases.removals = () => Promise.reject(new Error("not now"));
    expect(await run(leases)).toEqual({ acknowledged: 0, fenced: 1 });
  });
});

describe("a receipt", () => {
  it("counts those that have applied the deletion, fenced or not, sooner or later", async () => {
    const slow = aLease(at(99));
    const leases = new Leases("latest", [aLease(TIME), aLease(at(101)), aLease(TIME, true), slow]);
    let reads = 0;
    leases.beforeRead = () => {
      if (++reads === 3)
        leases.write((lease) => (lease.id === slow.id ? { ...lease, applied: TIME } : lease));
    };
    expect(await run(leases)).toEqual({ acknowledged: 4, fenced: 0 });
    expect(leases.removed).toEqual([]);
  });

  it("counts what this process itself has applied, as soon as it has", async () => {
    const own = aLease(at(1));
    const appliedUnder = (id: LeaseId) => (id === own.id ? TIME : undefined);
    const progress = { appliedUnder, moved: never };
    expect(await run(new Leases("latest", [own]), progress)).toEqual({ acknowledged: 1, fenced: 0 });
  });

  it("waits for this process by its word, without another look at the list", async () => {
    const own = aLease(at(1));
    const leases = new Leases("latest", [own]);
    let reads = 0;
    leases.beforeRead = () => reads++;
    let applied = at(1);
    const moved = async () => {
      await setImmediate();
      applied = TIME;
    };
    const appliedUnder = (id: LeaseId) => (id === own.id ? applied : undefined);
    expect(await run(leases, { appliedUnder, moved })).toEqual({ acknowledged: 1, fenced: 0 });
    expect(reads).toBe(1);
  });

  it("looks at the list again where this process has given its lease up meanwhile", async () => {
    const own = aLease(at(1));
    const leases = new Leases("latest", [own]);
    let applied: Timestamp | undefined = at(1);
    const moved = async () => {
      applied = undefined;
      leases.write((lease) => (lease.id === own.id ? undefined : lease));
    };
    const appliedUnder = (id: LeaseId) => (id === own.id ? applied : undefined);
    expect(await run(leases, { appliedUnder, moved })).toEqual({ acknowledged: 0, fenced: 0 });
  });

  it("marks this process's own lease where its stream brings nothing in time", async () => {
    const own = aLease(at(1));
    const leases = new Leases("latest", [own]);
    const appliedUnder = (id: LeaseId) => (id === own.id ? at(1) : undefined);
    const { result, ms } = await timed(() => run(leases, { appliedUnder, moved: never }));
    expect(ms).toBeGreaterThanOrEqual(FENCE_AFTER_MS + WAIT_MS);
    expect(result).toEqual({ acknowledged: 0, fenced: 1 });
  });

  it("counts nowhere what has left the list meanwhile: it confirmed nothing, and was not waited for", async () => {
    const leaving = aLease(at(1));
    const leases = new Leases("latest", [aLease(TIME), leaving]);
    let reads = 0;
    leases.beforeRead = () => {
      if (++reads === 2) leases.write((lease) => (lease.id === leaving.id ? undefined : lease));
    };
    expect(await run(leases)).toEqual({ acknowledged: 1, fenced: 0 });
  });

  it("counts as acknowledged what has applied the deletion just before it was to be marked", async () => {
    const late = aLease(at(1));
    const leases = new Leases("latest", [late, aLease(at(1))]);
    const { fence } = leases;
    leases.fence = (ids, time) => {
      leases.write((lease) => (lease.id === late.id ? { ...lease, applied: at(102) } : lease));
      return fence.call(leases, ids, time);
    };
    expect(await run(leases)).toEqual({ acknowledged: 1, fenced: 1 });
    expect(leases.removed).not.toContain(late.id);
  });

  it("is empty where nobody holds a lease", async () => {
    expect(await run(new Leases("latest", []))).toEqual({ acknowledged: 0, fenced: 0 });
  });
});
