/** Verify's look-up: from memory while the lease is good, by a read that only a true primary can answer otherwise. */
import type { Timestamp } from "mongodb";
import { KeyfastError } from "../domain/errors.ts";
import type { KeyRecord, LiveKey } from "../domain/key.ts";
import { keyIdPart } from "../domain/key-text.ts";
import type { KeyCollection } from "../store/keys.ts";
import type { Lookup } from "./key-cache.ts";
import type { KeyFinder } from "./key-finder.ts";
import { matchesKey, type Peppers } from "./match.ts";
import type { Memory } from "./memory.ts";
import { Turns } from "./turns.ts";

/** How long a read may take, in milliseconds. A linearizable read on an idle member takes about 100. */
const READ_MS = 1_000;
/** How often a read that was overtaken by a deletion is made again. */
const MAX_TRIES = 3;
/** Reads at once: fewer than there are connections, so that anybody who asks for unknown keys leaves some to others. */
const READS_AT_ONCE = 32;
/** Linearizable reads at once: each makes the database write. */
const CONFIRMATIONS_AT_ONCE = 24;
/** Look-ups that wait for their turn, of either kind. */
const MAX_WAITING = 500;

/** Who holds the present memory, if any. */
export interface MemoryHolder {
  readonly memory: Memory | undefined;
  /** The cluster time of the present registration. */
  readonly registeredAt: Timestamp | undefined;
}

type Keys = Pick<KeyCollection, "getAfter" | "getLinearizable">;

export class LeasedFinder implements KeyFinder {
  readonly #holder: MemoryHolder;
  readonly #keys: Keys;
  readonly #peppers: Peppers;
  readonly #reads = new Turns(READS_AT_ONCE, MAX_WAITING);
  readonly #confirmations = new Turns(CONFIRMATIONS_AT_ONCE, MAX_WAITING);

  constructor(holder: MemoryHolder, keys: Keys, peppers: Peppers) {
    this.#holder = holder;
    this.#keys = keys;
    this.#peppers = peppers;
  }

  recall(keyText: string): LiveKey | undefined {
    const keyId = keyIdPart(keyText);
    return keyId === undefined ? undefined : this.#known(keyId, keyText)?.record;
  }

  find(keyText: string, keyId: string): LiveKey | undefined | Promise<LiveKey | undefined> {
    const known = this.#known(keyId, keyText);
    return known ? known.record : this.#read(keyText, keyId);
  }

  #known(keyId: string, keyText: string): Lookup {
    const { memory } = this.#holder;
    return memory?.lease.isGood() ? memory.get(keyId, keyText) : undefined;
  }

  async #read(keyText: string, keyId: string): Promise<LiveKey | undefined> {
    for (let tries = 0; tries < MAX_TRIES; tries++) {
      const { memory, registeredAt } = this.#holder;
      if (!memory || !registeredAt || !memory.lease.isGood()) break;
      const load = memory.load(keyId, () =>
        // The time is looked at when the read is sent, and not before it waits for its turn.
        this.#reads.run(() => this.#keys.getAfter(keyId, later(registeredAt, memory.applied), READ_MS)),
      );
      const { record, error } = await load.result.then(found, failed);
      // From here to the return no await may stand: what is looked at must be what is used.
      const isUsable = memory.finish(load) && memory === this.#holder.memory;
      if (isOverload(error)) throw error;
      if (!record) break;
      if (!isUsable) continue;
      if (!matchesKey(this.#peppers, record, keyText)) return undefined;
      memory.put(record, keyText);
      return record;
    }
    return this.#confirm(keyText, keyId);
  }

  /**
   * Without a lease, and before a key is said not to exist: a superseded primary would not know the keys that were
   * created since. Never cached, never shared.
   */
  async #confirm(keyText: string, keyId: string): Promise<LiveKey | undefined> {
    const record = await this.#confirmations.run(() => this.#keys.getLinearizable(keyId, READ_MS));
    return record && matchesKey(this.#peppers, record, keyText) ? record : undefined;
  }
}

const found = (record: KeyRecord | undefined) => ({ record, error: undefined });
const failed = (error: unknown) => ({ record: undefined, error });

/** A read that failed is made in another way; one that was refused its turn would be refused again. */
const isOverload = (error: unknown) => error instanceof KeyfastError && error.reason === "OVERLOADED";

const later = (a: Timestamp, b: Timestamp) => (a.greaterThan(b) ? a : b);
