/**
 * Keys in memory, a bounded number of them; the least recently used goes first. Pure.
 *
 * Each key has a numbered slot in a few large arrays, about 130 bytes in all, where objects would take several times as
 * much and the garbage collector's time. The arrays have their full length from the beginning: the operating system
 * gives their pages only as they are written to.
 */
import { textDigestChars } from "../domain/digest.ts";
import type { LiveKey } from "../domain/key.ts";
import { packAccess, unpackAccess } from "./packed-access.ts";
import { SharedTexts } from "./shared-texts.ts";
import { SlotIndex } from "./slot-index.ts";
import { TextColumn } from "./text-column.ts";
import { UseOrder } from "./use-order.ts";

/** What memory knows: the key, that the secret is wrong, or nothing. */
export type Lookup = { readonly record: LiveKey | undefined } | undefined;

const WRONG_SECRET: Lookup = { record: undefined };
const DIGEST_BYTES = 32;
/** Most names are shorter, and most keys are granted less than 16 resources. */
const NAME_CELL_BYTES = 40;
const ACCESS_CELL_BYTES = 16;

export class KeyCache {
  readonly #maxKeys: number;
  readonly #index: SlotIndex;
  readonly #order: UseOrder;
  /** SHA-256 of the key's text. Whether text and record belong together was checked when the entry was made. */
  readonly #digests: Uint8Array;
  readonly #names: TextColumn;
  readonly #accesses: TextColumn;
  readonly #environments: Uint8Array;
  /** In milliseconds of Unix time; NaN: never. */
  readonly #expireTimes: Float64Array;
  readonly #projects: Uint32Array;
  readonly #projectIds = new SharedTexts();
  /** Slots that were given up. */
  readonly #free: number[] = [];
  /** Slots from this one on were never used. */
  #fresh = 0;

  constructor(maxKeys: number) {
    this.#maxKeys = maxKeys;
    this.#index = new SlotIndex(maxKeys);
    this.#order = new UseOrder(maxKeys);
    this.#digests = new Uint8Array(maxKeys * DIGEST_BYTES);
    this.#names = new TextColumn(maxKeys, NAME_CELL_BYTES);
    this.#accesses = new TextColumn(maxKeys, ACCESS_CELL_BYTES);
    this.#environments = new Uint8Array(maxKeys);
    this.#expireTimes = new Float64Array(maxKeys);
    this.#projects = new Uint32Array(maxKeys);
  }

  get size(): number {
    return this.#fresh - this.#free.length;
  }

  /** Costs one digest of the presented text. */
  get(keyId: string, keyText: string): Lookup {
    const slot = this.#index.find(keyId);
    if (slot === undefined) return undefined;
    if (!this.#isText(slot, keyText)) return WRONG_SECRET;
    this.#order.use(slot);
    return { record: this.#read(slot, keyId) };
  }

  /** Only for a record that was found to be the one that the text stands for: forged texts must not push keys out. */
  put(record: LiveKey, keyText: string): void {
    this.drop(record.keyId);
    const { oldest } = this.#order;
    if (oldest !== undefined && this.size === this.#maxKeys) this.#release(oldest);
    const slot = this.#free.pop() ?? this.#fresh++;
    this.#index.add(record.keyId, slot);
    this.#order.add(slot);
    this.#write(slot, record, textDigestChars(keyText));
  }

  drop(keyId: string): void {
    const slot = this.#index.find(keyId);
    if (slot !== undefined) this.#release(slot);
  }

  clear(): void {
    for (const part of [this.#index, this.#order, this.#names, this.#accesses, this.#projectIds])
      part.clear();
    this.#free.length = 0;
    this.#fresh = 0;
  }

  #release(slot: number): void {
    this.#index.remove(slot);
    this.#order.remove(slot);
    this.#names.forget(slot);
    this.#accesses.forget(slot);
    this.#projectIds.release(this.#projects[slot] as number);
    this.#free.push(slot);
  }

  /** In constant time: it looks at every byte, whatever it finds. */
  #isText(slot: number, keyText: string): boolean {
    const digest = textDigestChars(keyText);
    const start = slot * DIGEST_BYTES;
    let difference = 0;
    for (let i = 0; i < DIGEST_BYTES; i++) {
      difference |= digest.charCodeAt(i) ^ (this.#digests[start + i] as number);
    }
    return difference === 0;
  }

  #write(slot: number, record: LiveKey, digest: string): void {
    const start = slot * DIGEST_BYTES;
    for (let i = 0; i < DIGEST_BYTES; i++) this.#digests[start + i] = digest.charCodeAt(i);
    this.#names.set(slot, record.displayName);
    this.#accesses.set(slot, packAccess(record.access));
    this.#environments[slot] = record.environment;
    this.#expireTimes[slot] = record.expireTime?.getTime() ?? Number.NaN;
    this.#projects[slot] = this.#projectIds.take(record.projectId);
  }

  #read(slot: number, keyId: string): LiveKey {
    const expireTime = this.#expireTimes[slot] as number;
    return {
      keyId,
      projectId: this.#projectIds.get(this.#projects[slot] as number),
      displayName: this.#names.get(slot),
      access: unpackAccess(this.#accesses.get(slot)),
      environment: this.#environments[slot] as number,
      expireTime: Number.isNaN(expireTime) ? undefined : new Date(expireTime),
    };
  }
}
