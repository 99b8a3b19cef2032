/**
 * Finds the slot of a key id: a hash table with open addressing in arrays of numbers. It never grows, so no call waits
 * for a million entries to move, and a key costs it 24 to 32 bytes where a Map of texts costs about 80. Pure.
 */
const ID_LENGTH = 16;
/** At most half full: looking for what is not there stays short. */
const MAX_FILL = 0.5;

export class SlotIndex {
  /** One byte for each character of each slot's id. */
  readonly #ids: Uint8Array;
  /** At an id's hash or behind it the number of its slot, counted from 1; 0: nobody. */
  readonly #table: Uint32Array;
  readonly #mask: number;

  constructor(slots: number) {
    const places = 2 ** Math.ceil(Math.log2(slots / MAX_FILL));
    this.#ids = new Uint8Array(slots * ID_LENGTH);
    this.#table = new Uint32Array(places);
    this.#mask = places - 1;
  }

  find(id: string): number | undefined {
    if (id.length !== ID_LENGTH) return undefined;
    for (let place = this.#hash(id); ; place = (place + 1) & this.#mask) {
      const slot = (this.#table[place] as number) - 1;
      if (slot < 0) return undefined;
      if (this.#isOf(slot, id)) return slot;
    }
  }

  /** Only for an id that has no slot, and a slot that no id has. RangeError for an id that cannot be a key's. */
  add(id: string, slot: number): void {
    if (id.length !== ID_LENGTH) throw new RangeError("not the id of a key");
    for (let i = 0; i < ID_LENGTH; i++) this.#ids[slot * ID_LENGTH + i] = id.charCodeAt(i);
    let place = this.#hash(id);
    while (this.#table[place] !== 0) place = (place + 1) & this.#mask;
    this.#table[place] = slot + 1;
  }

  /** Only for a slot that was added. What stands behind it moves up where it may, so that no search ends too early. */
  remove(slot: number): void {
    let gap = this.#hash(this.#idOf(slot));
    while (this.#table[gap] !== slot + 1) gap = (gap + 1) & this.#mask;
    for (let place = (gap + 1) & this.#mask; ; place = (place + 1) & this.#mask) {
      const entry = this.#table[place] as number;
      if (entry === 0) break;
      const home = this.#hash(this.#idOf(entry - 1));
      if (((place - home) & this.#mask) < ((place - gap) & this.#mask)) continue;
      this.#table[gap] = entry;
      gap = place;
    }
    this.#table[gap] = 0;
  }

  clear(): void {
    this.#table.fill(0);
  }

  #idOf(slot: number): string {
    return String.fromCharCode(...this.#ids.subarray(slot * ID_LENGTH, (slot + 1) * ID_LENGTH));
  }

  #isOf(slot: number, id: string): boolean {
    const start = slot * ID_LENGTH;
    for (let i = 0; i < ID_LENGTH; i++) if (this.#ids[start + i] !== id.charCodeAt(i)) return false;
    return true;
  }

  /** FNV-1a, with its upper bits folded into the lower ones that are used. */
  #hash(id: string): number {
    let hash = 0x811c9dc5;
    for (let i = 0; i < ID_LENGTH; i++) hash = Math.imul(hash ^ id.charCodeAt(i), 0x01000193);
    return (hash ^ (hash >>> 15)) & this.#mask;
  }
}
