/**
 * What a replica holds under one registration: its lease, its cache, its reads in flight, and how far it has applied
 * deletions. A new registration gets a new one, so that nothing of the old can be used under it. Pure.
 */
import type { Timestamp } from "mongodb";
import type { KeyRecord, LiveKey } from "../domain/key.ts";
import { KeyCache, type Lookup } from "./key-cache.ts";
import type { Lease } from "./lease.ts";

/** A read on its way. Whoever has awaited it hands it back by `finish`. */
export interface Load {
  readonly keyId: string;
  readonly result: Promise<KeyRecord | undefined>;
}

interface OpenLoad extends Load {
  /** The key may have been deleted since the read was sent. */
  dirty: boolean;
  /** Who has not handed it back yet. */
  readers: number;
}

/** How many deleted ids are remembered, to answer for them without a read. They never come back. */
const MAX_DELETED = 100_000;

export class Memory {
  readonly lease: Lease;
  readonly #cache: KeyCache;
  readonly #loads = new Map<string, OpenLoad>();
  readonly #deleted = new Set<string>();
  #deletions = 0;
  #applied: Timestamp;

  constructor(lease: Lease, maxKeys: number, startedAt: Timestamp) {
    this.lease = lease;
    this.#cache = new KeyCache(maxKeys);
    this.#applied = startedAt;
  }

  /** All deletions up to this cluster time have been applied here. */
  get applied(): Timestamp {
    return this.#applied;
  }

  /** How many keys were seen to be deleted. */
  get deletions(): number {
    return this.#deletions;
  }

  get size(): number {
    return this.#cache.size;
  }

  /** What memory knows of a key. To be used only while the lease is good. */
  get(keyId: string, keyText: string): Lookup {
    return this.#deleted.has(keyId) ? { record: undefined } : this.#cache.get(keyId, keyText);
  }

  put(record: LiveKey, keyText: string): void {
    this.#cache.put(record, keyText);
  }

  /** Drops keys, marks reads of them as dirty, then moves on. One tick: nobody sees a state in between. */
  apply(keyIds: readonly string[], deletedIds: readonly string[], upTo: Timestamp): void {
    for (const keyId of keyIds) {
      this.#cache.drop(keyId);
      const load = this.#loads.get(keyId);
      if (load) load.dirty = true;
    }
    for (const keyId of deletedIds) this.#rememberDeleted(keyId);
    this.#deletions += deletedIds.length;
    if (upTo.greaterThan(this.#applied)) this.#applied = upTo;
  }

  #rememberDeleted(keyId: string): void {
    this.#deleted.add(keyId);
    if (this.#deleted.size <= MAX_DELETED) return;
    const oldest = this.#deleted.values().next().value;
    if (oldest !== undefined) this.#deleted.delete(oldest);
  }

  /**
   * The read of a key that is under way, or a new one. It stands in the table before it is sent and until the last who
   * awaits it hands it back, so that a deletion that arrives meanwhile finds it.
   */
  load(keyId: string, read: () => Promise<KeyRecord | undefined>): Load {
    const known = this.#loads.get(keyId);
    if (known && !known.dirty) {
      known.readers++;
      return known;
    }
    let start = () => {};
    const started = new Promise<void>((resolve) => {
      start = resolve;
    });
    const load: OpenLoad = { keyId, result: started.then(read), dirty: false, readers: 1 };
    this.#loads.set(keyId, load);
    start();
    return load;
  }

  /**
   * Hands a read back. Whether what it brought may be used and kept, in this very tick: nothing happened since it was
   * sent that it might not show.
   */
  finish(load: Load): boolean {
    const open = load as OpenLoad;
    open.readers--;
    if (open.readers === 0 && this.#loads.get(load.keyId) === open) this.#loads.delete(load.keyId);
    return this.lease.isGood() && !open.dirty;
  }

  /** Stop using it, then forget: in this order, and for good. */
  discard(): void {
    this.lease.drop();
    this.#cache.clear();
    for (const load of this.#loads.values()) load.dirty = true;
  }
}
