import type { KeyRecord } from "../domain/key.ts";
import type { KeyCollection } from "../store/keys.ts";
import type { KeyFinder } from "./key-finder.ts";
import { matchesKey, type Peppers } from "./match.ts";

/** How long one linearizable read may take, in milliseconds. An idle member answers within about 100. */
const READ_MS = 2_000;

/** Asks MongoDB each time, in a way that only a primary which still is one can answer. Never cached, never shared. */
export class ReadFinder implements KeyFinder {
  readonly #keys: KeyCollection;
  readonly #peppers: Peppers;

  constructor(keys: KeyCollection, peppers: Peppers) {
    this.#keys = keys;
    this.#peppers = peppers;
  }

  async find(keyText: string, keyId: string): Promise<KeyRecord | undefined> {
    const record = await this.#keys.getLinearizable(keyId, READ_MS);
    return record && matchesKey(this.#peppers, record, keyText) ? record : undefined;
  }
}
