/** Keys in memory, a bounded number of them; the least recently used goes first. Pure. */
import { digestsMatch, textDigest } from "../domain/digest.ts";
import type { KeyRecord } from "../domain/key.ts";

interface Entry {
  readonly record: KeyRecord;
  /** SHA-256 of the key's text. Whether text and record belong together was checked when the entry was made. */
  readonly textDigest: Buffer;
}

/** What memory knows: the key's record, that the secret is wrong, or nothing. */
export type Lookup = { readonly record: KeyRecord | undefined } | undefined;

const WRONG_SECRET: Lookup = { record: undefined };

export class KeyCache {
  readonly #maxKeys: number;
  readonly #entries = new Map<string, Entry>();

  constructor(maxKeys: number) {
    this.#maxKeys = maxKeys;
  }

  get size(): number {
    return this.#entries.size;
  }

  /** Costs one digest of the presented text. */
  get(keyId: string, keyText: string): Lookup {
    const entry = this.#entries.get(keyId);
    if (!entry) return undefined;
    if (!digestsMatch(entry.textDigest, textDigest(keyText))) return WRONG_SECRET;
    // A map keeps the order of insertion: what is used moves to its end.
    this.#entries.delete(keyId);
    this.#entries.set(keyId, entry);
    return { record: entry.record };
  }

  /** Only for a record that was found to be the one that the text stands for: forged texts must not push keys out. */
  put(record: KeyRecord, keyText: string): void {
    this.#entries.delete(record.keyId);
    this.#entries.set(record.keyId, { record, textDigest: textDigest(keyText) });
    if (this.#entries.size <= this.#maxKeys) return;
    const oldest = this.#entries.keys().next().value;
    if (oldest !== undefined) this.#entries.delete(oldest);
  }

  drop(keyId: string): void {
    this.#entries.delete(keyId);
  }

  clear(): void {
    this.#entries.clear();
  }
}
