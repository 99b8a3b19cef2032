/** A text for each slot, in one large buffer: no object for each that the garbage collector would have to visit. Pure. */

/** In place of a length: the text is too long for its cell. */
const ELSEWHERE = 255;

export class TextColumn {
  /** UTF-8 behind a byte that tells its length. */
  readonly #cells: Buffer;
  readonly #cellBytes: number;
  readonly #long = new Map<number, string>();

  /** `cellBytes`, up to 255, is what each slot takes; a longer text takes what a string in a Map does. */
  constructor(slots: number, cellBytes: number) {
    this.#cellBytes = cellBytes;
    this.#cells = Buffer.alloc(slots * cellBytes);
  }

  get(slot: number): string {
    const start = slot * this.#cellBytes;
    const length = this.#cells[start] as number;
    if (length === ELSEWHERE) return this.#long.get(slot) ?? "";
    return this.#cells.toString("utf8", start + 1, start + 1 + length);
  }

  set(slot: number, text: string): void {
    const start = slot * this.#cellBytes;
    const length = Buffer.byteLength(text);
    const fits = length < this.#cellBytes;
    this.#cells[start] = fits ? length : ELSEWHERE;
    if (fits) this.#cells.write(text, start + 1);
    else this.#long.set(slot, text);
  }

  /** For a slot that is given up. */
  forget(slot: number): void {
    this.#long.delete(slot);
  }

  clear(): void {
    this.#long.clear();
  }
}
