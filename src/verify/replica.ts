/**
 * One process's right to answer from memory: registers a lease, renews it, follows deletions, and starts over whenever
 * any of that breaks.
 */
import { setTimeout as delay } from "node:timers/promises";
import type { Db, Timestamp } from "mongodb";
import { KeyfastError } from "../domain/errors.ts";
import { DeletionStream } from "../store/deletion-stream.ts";
import type { Deletions } from "../store/known-totals.ts";
import type { LeaseCollection, LeaseId } from "../store/leases.ts";
import type { Clock } from "./clock.ts";
import { Lease } from "./lease.ts";
import type { MemoryHolder } from "./leased-finder.ts";
import { Memory } from "./memory.ts";

export interface ReplicaOptions {
  readonly db: Db;
  readonly leases: LeaseCollection;
  readonly clock: Clock;
  /** How long memory is trusted after a renewal, in milliseconds. */
  readonly leaseMs: number;
  readonly maxKeys: number;
  /** Told when memory had to be given up, and why. */
  readonly onLost: (cause: unknown) => void;
}

const RETRY_MS = 200;

/** The lease was fenced by a Delete, removed, or ended by a jump of the clocks. */
class LeaseLost extends Error {
  override readonly name = "LeaseLost";
}

/** The database cannot be reached: no news of deletions, and no Delete that could have been told that there was. */
const isOutage = (error: unknown) => error instanceof KeyfastError && error.reason === "DATABASE_UNAVAILABLE";

export class Replica implements MemoryHolder {
  readonly #options: ReplicaOptions;
  readonly #stop = new AbortController();
  /** Documents of ours under which no memory is used any more, and which may still be in the list. */
  readonly #leftovers = new Set<LeaseId>();
  #memory: Memory | undefined;
  #registeredAt: Timestamp | undefined;
  #leaseId: LeaseId | undefined;
  #running: Promise<void> | undefined;
  #followed = 0;
  #urgent = false;
  readonly #remember = () => {
    this.#urgent = true;
  };
  #moved = Promise.withResolvers<void>();
  /** Ends the wait for the next renewal; while one is under way, makes the next follow at once. */
  #wake: () => void = this.#remember;

  constructor(options: ReplicaOptions) {
    this.#options = options;
  }

  get memory(): Memory | undefined {
    return this.#memory;
  }

  /** What was seen to be deleted; undefined while this process may be missing some. */
  get deletions(): Deletions | undefined {
    const memory = this.#memory;
    return memory?.lease.isGood() ? { since: memory.lease, count: memory.deletions } : undefined;
  }

  /** How many keys this process has seen to be deleted, under all its registrations. */
  get followed(): number {
    return this.#followed;
  }

  get registeredAt(): Timestamp | undefined {
    return this.#registeredAt;
  }

  /** How far this process has come under the lease of that id; undefined where the lease is not, or no longer, its own. */
  appliedUnder(id: LeaseId): Timestamp | undefined {
    return this.#leaseId?.equals(id) ? this.#memory?.applied : undefined;
  }

  /** Resolves when `appliedUnder` may next say something else. */
  moved(): Promise<void> {
    return this.#moved.promise;
  }

  #tellMoved(): void {
    this.#moved.resolve();
    this.#moved = Promise.withResolvers();
  }

  /** Resolves when memory may be used for the first time. Goes on in the background until `leave`. */
  async start(): Promise<void> {
    const stream = await this.#register();
    this.#running = this.#run(stream);
  }

  /** Gives up memory first and the place in the list last: in this order no Delete can overlook it. */
  async leave(): Promise<void> {
    this.#stop.abort();
    this.#giveUp();
    await this.#running;
    await this.#removeLeftovers();
  }

  async #run(first: DeletionStream): Promise<void> {
    let stream: DeletionStream | undefined = first;
    while (!this.#stop.signal.aborted) {
      try {
        if (!stream) {
          stream = await this.#register();
          // Not waited for: the new lease has to be kept meanwhile.
          void this.#removeLeftovers();
        }
        await this.#serve(stream);
      } catch (error) {
        if (!this.#stop.signal.aborted) this.#options.onLost(error);
        if (!isOutage(error)) this.#giveUp();
      }
      await stream?.close();
      stream = undefined;
      await this.#removeLeftovers();
      await this.#pause(RETRY_MS);
    }
  }

  /**
   * Opens the stream, discards what an earlier registration left, and only then stands in the list: what is deleted from
   * then on is either seen or waited for. Until the database answers, that earlier memory is used while its lease lasts:
   * nothing is acknowledged for it any more, so each Delete waits for its document, which is removed after the discard.
   */
  async #register(): Promise<DeletionStream> {
    const { db, leases, clock, leaseMs, maxKeys } = this.#options;
    const startAt = await DeletionStream.now(db);
    const stream = await DeletionStream.open(db, startAt);
    this.#giveUp();
    try {
      const id = leases.newId();
      // Noted before it is sent: with an unknown outcome it may be in the list all the same.
      this.#leftovers.add(id);
      const lease = new Lease(clock, leaseMs);
      const sentAt = clock.monotonic();
      const registeredAt = await leases.insert(id, leaseMs, startAt);
      // Where the clocks have jumped meanwhile it is never good, and the first renewal tells.
      lease.renewed(sentAt);
      this.#memory = new Memory(lease, maxKeys, startAt);
      this.#registeredAt = registeredAt;
      this.#leaseId = id;
      return stream;
    } catch (error) {
      await stream.close();
      throw error;
    }
  }

  /** Until one of the two fails, or `leave`. */
  async #serve(stream: DeletionStream): Promise<void> {
    const memory = this.#memory;
    const id = this.#leaseId;
    if (!memory || !id) throw new LeaseLost("there is no registration");
    const over = new AbortController();
    const signal = AbortSignal.any([over.signal, this.#stop.signal]);
    const parts = [this.#follow(stream, memory, signal), this.#renew(id, memory, signal)];
    try {
      await Promise.race(parts);
    } finally {
      over.abort();
      this.#wake();
      await Promise.allSettled(parts);
    }
  }

  async #follow(stream: DeletionStream, memory: Memory, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const { keyIds, deletedIds, upTo } = await stream.next(signal);
      memory.apply(keyIds, deletedIds, upTo);
      this.#followed += deletedIds.length;
      this.#tellMoved();
      if (keyIds.length > 0) this.#wake();
    }
  }

  /** Renewals and acknowledgements are one write. A deletion is acknowledged at once, otherwise at a third of the lease. */
  async #renew(id: LeaseId, memory: Memory, signal: AbortSignal): Promise<void> {
    const { leases, clock, leaseMs } = this.#options;
    while (!signal.aborted) {
      await this.#untilDue(leaseMs / 3);
      if (signal.aborted) return;
      const sentAt = clock.monotonic();
      const renewed = await leases.renew(id, memory.applied, leaseMs).catch((error: unknown) => error);
      if (renewed === false) throw new LeaseLost("the lease was fenced or removed");
      if (renewed === true) {
        if (!memory.lease.renewed(sentAt)) throw new LeaseLost("wall and monotonic clock have jumped apart");
      } else await this.#pause(RETRY_MS);
    }
  }

  /** Resolves after `ms`, or at once where a deletion came since the last acknowledgement was sent. */
  #untilDue(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const finish = () => {
        clearTimeout(timer);
        this.#urgent = false;
        this.#wake = this.#remember;
        resolve();
      };
      const timer = setTimeout(finish, ms);
      this.#wake = finish;
      if (this.#urgent) finish();
    });
  }

  #giveUp(): void {
    this.#memory?.discard();
    this.#memory = undefined;
    this.#registeredAt = undefined;
    this.#leaseId = undefined;
    this.#tellMoved();
  }

  /** Best effort: what stays in the list costs the next Delete the wait for a lease that nobody uses. */
  async #removeLeftovers(): Promise<void> {
    const ids = [...this.#leftovers].filter((id) => id !== this.#leaseId);
    await this.#options.leases.remove(ids).then(
      () => {
        for (const id of ids) this.#leftovers.delete(id);
      },
      () => {},
    );
  }

  /** Cut short where the replica stops. */
  #pause(ms: number): Promise<void> {
    return delay(ms, undefined, { signal: this.#stop.signal }).catch(() => {});
  }
}
