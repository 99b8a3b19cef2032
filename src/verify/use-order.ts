/** Slots in the order of their last use: a ring of numbers, so that moving one allocates nothing. Pure. */

export class UseOrder {
  /** Neighbours of each slot; the one behind the last slot stands for both ends of the ring. */
  readonly #newer: Uint32Array;
  readonly #older: Uint32Array;
  readonly #ends: number;

  constructor(slots: number) {
    this.#ends = slots;
    this.#newer = new Uint32Array(slots + 1);
    this.#older = new Uint32Array(slots + 1);
    this.clear();
  }

  /** The slot that was not used for the longest time; undefined where there is none. */
  get oldest(): number | undefined {
    const oldest = this.#newer[this.#ends] as number;
    return oldest === this.#ends ? undefined : oldest;
  }

  add(slot: number): void {
    const newest = this.#older[this.#ends] as number;
    this.#join(newest, slot);
    this.#join(slot, this.#ends);
  }

  remove(slot: number): void {
    this.#join(this.#older[slot] as number, this.#newer[slot] as number);
  }

  use(slot: number): void {
    this.remove(slot);
    this.add(slot);
  }

  clear(): void {
    this.#join(this.#ends, this.#ends);
  }

  #join(older: number, newer: number): void {
    this.#newer[older] = newer;
    this.#older[newer] = older;
  }
}
