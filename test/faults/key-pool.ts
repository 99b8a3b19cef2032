/** The keys of a fault run by where they stand in life, so that clients ask about those that are interesting. */
import type { Key } from "./calls.ts";

const MAX_VICTIMS = 12;
const MAX_RECENT = 30;
const MAX_OLD = 100;

export class KeyPool {
  /** Never to be deleted. */
  readonly kept: Key[] = [];
  /** Next to be deleted; clients ask about them, so that replicas have them in memory. */
  readonly #victims: Key[] = [];
  readonly #dying = new Set<Key>();
  /** Deleted just now, the latest last. */
  readonly #recent: Key[] = [];
  readonly #old: Key[] = [];
  #closed = false;
  #changed = Promise.withResolvers<void>();

  /** Waits until there is room for another key to be deleted. */
  async offer(key: Key): Promise<void> {
    while (this.#victims.length >= MAX_VICTIMS && !this.#closed) await this.#changed.promise;
    this.#victims.push(key);
    this.#announce();
  }

  /** The key that has waited longest, as soon as there is one; undefined once the pool is closed. */
  async take(): Promise<Key | undefined> {
    while (this.#victims.length === 0 && !this.#closed) await this.#changed.promise;
    if (this.#closed) return undefined;
    const key = this.#victims.shift();
    if (key) this.#dying.add(key);
    this.#announce();
    return key;
  }

  bury(key: Key): void {
    this.#dying.delete(key);
    this.#recent.push(key);
    if (this.#recent.length <= MAX_RECENT) return;
    const aged = this.#recent.shift();
    if (aged) this.#old.push(aged);
    if (this.#old.length > MAX_OLD) this.#old.shift();
  }

  close(): void {
    this.#closed = true;
    this.#announce();
  }

  /** Mostly a key that is about to be deleted, is being deleted, or was deleted just now. */
  choose(random: () => number): Key | undefined {
    const chance = random();
    const endangered = [...this.#victims, ...this.#dying];
    const groups: readonly (readonly Key[])[] =
      chance < 0.45
        ? [endangered, this.#recent]
        : chance < 0.85
          ? [this.#recent, endangered]
          : chance < 0.95
            ? [this.kept, endangered]
            : [this.#old, this.#recent];
    const group = groups.find(({ length }) => length > 0) ?? endangered;
    return group[Math.floor(random() * group.length)];
  }

  #announce(): void {
    this.#changed.resolve();
    this.#changed = Promise.withResolvers();
  }
}
