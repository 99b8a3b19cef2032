/** Texts that many slots have in common: each is kept once, by a number, for as long as somebody uses it. Pure. */

interface Shared {
  readonly number: number;
  uses: number;
}

export class SharedTexts {
  readonly #known = new Map<string, Shared>();
  readonly #texts: string[] = [];
  readonly #free: number[] = [];

  get size(): number {
    return this.#known.size;
  }

  /** The text's number, with one more use. */
  take(text: string): number {
    let shared = this.#known.get(text);
    if (!shared) {
      shared = { number: this.#free.pop() ?? this.#texts.length, uses: 0 };
      this.#known.set(text, shared);
      this.#texts[shared.number] = text;
    }
    shared.uses++;
    return shared.number;
  }

  get(number: number): string {
    return this.#texts[number] as string;
  }

  /** Ends one use. */
  release(number: number): void {
    const text = this.get(number);
    const shared = this.#known.get(text);
    if (!shared || --shared.uses > 0) return;
    this.#known.delete(text);
    this.#free.push(number);
  }

  clear(): void {
    this.#known.clear();
    this.#texts.length = 0;
    this.#free.length = 0;
  }
}
