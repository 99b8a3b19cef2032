/**
 * Keys in memory, a bounded number of them; the least recently used goes first. Pure.
 *
 * Each key has a numbered slot in arrays of one kind of value each: a few objects for all keys together, where an object
 * for each key would take several times the memory and the garbage collector's time.
 */
import { textDigestChars } from "../domain/digest.ts";
import type { LiveKey } from "../domain/key.ts";
import { packAccess, unpackAccess } from "./packed-access.ts";
import { SlotIndex } from "./slot-index.ts";
import { UseOrder } from "./use-order.ts";

/** What memory knows: the key, that the secret is wrong, or nothing. */
export type Lookup = { readonly record: LiveKey | undefined } | undefined;

const WRONG_SECRET: Lookup = { record: undefined };
const DIGEST_BYTES = 32;
/** Texts that many keys have in common are kept once, up to so many different ones. */
const MAX_SHARED_TEXTS = 10_000;

export class KeyCache {
  readonly #maxKeys: number;
  readonly #index: SlotIndex;
  /** Slots that were given up. */
  readonly #free: number[] = [];
  readonly #order: UseOrder;
  // The large arrays take no memory before they are written to: the operating system gives their pages one by one.
  /** SHA-256 of the key's text. Whether text and record belong together was checked when the entry was made. */
  readonly #digests: Uint8Array;
  /** In milliseconds of Unix time; NaN: never. */
  readonly #expireTimes: Float64Array;
  readonly #environments: Uint8Array;
  readonly #names: string[] = [];
  readonly #projects: string[] = [];
  readonly #accesses: string[] = [];
  readonly #sharedTexts = new Map<string, string>();

  constructor(maxKeys: number) {
    this.#maxKeys = maxKeys;
    this.#index = new SlotIndex(maxKeys);
    this.#order = new UseOrder(maxKeys);
    this.#digests = new Uint8Array(maxKeys * DIGEST_BYTES);
    this.#expireTimes = new Float64Array(maxKeys);
    this.#environments = new Uint8Array(maxKeys);
  }

  get size(): number {
    return this.#names.length - this.#free.length;
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
    const slot = this.#freeSlot();
    this.#index.add(record.keyId, slot);
    this.#write(slot, record, textDigestChars(keyText));
    this.#order.add(slot);
  }

  drop(keyId: string): void {
    const slot = this.#index.find(keyId);
    if (slot !== undefined) this.#release(slot);
  }

  clear(): void {
    this.#index.clear();
    this.#order.clear();
    this.#sharedTexts.clear();
    for (const list of [this.#free, this.#names, this.#projects, this.#accesses]) list.length = 0;
  }

  #freeSlot(): number {
    const { oldest } = this.#order;
    if (oldest !== undefined && this.size === this.#maxKeys) this.#release(oldest);
    // Slots that were never used follow those that were.
    return this.#free.pop() ?? this.#names.length;
  }

  #release(slot: number): void {
    this.#index.remove(slot);
    this.#order.remove(slot);
    this.#names[slot] = "";
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
    this.#expireTimes[slot] = record.expireTime?.getTime() ?? Number.NaN;
    this.#environments[slot] = record.environment;
    this.#names[slot] = record.displayName;
    this.#projects[slot] = this.#shared(record.projectId);
    this.#accesses[slot] = this.#shared(packAccess(record.access));
  }

  #read(slot: number, keyId: string): LiveKey {
    const expireTime = this.#expireTimes[slot] as number;
    return {
      keyId,
      projectId: this.#projects[slot] as string,
      displayName: this.#names[slot] as string,
      access: unpackAccess(this.#accesses[slot] as string),
      environment: this.#environments[slot] as number,
      expireTime: Number.isNaN(expireTime) ? undefined : new Date(expireTime),
    };
  }

  #shared(text: string): string {
    const known = this.#sharedTexts.get(text);
    if (known !== undefined) return known;
    if (this.#sharedTexts.size >= MAX_SHARED_TEXTS) this.#sharedTexts.clear();
    this.#sharedTexts.set(text, text);
    return text;
  }
}
