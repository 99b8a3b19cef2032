/** Whether anything secret got out: pieces of known secrets, searched for in whatever was written or answered. */
import type { Db } from "mongodb";

/** A piece this long of a random text is not there by chance. */
const PIECE = 12;

/** The part of a credential that must stay secret: of a key all behind its id, of a JWT its signature. */
function secretPart(text: string): string {
  const key = /^[a-z][a-z0-9]+_(?:dev|stg|prod)_[0-9A-Za-z]{16}([0-9A-Za-z]{49})$/.exec(text)?.[1];
  if (key) return key.slice(0, -4);
  return /^eyJ[\w-]+\.[\w-]+\.([\w-]+)$/.exec(text)?.[1] ?? text;
}

function pieces(secret: string): string[] {
  const whole = Math.floor(secret.length / PIECE);
  const starts = Array.from({ length: whole }, (_, index) => index * PIECE);
  return [...starts, Math.max(secret.length - PIECE, 0)].map((start) => secret.slice(start, start + PIECE));
}

export class Secrets {
  readonly #pieces = new Set<string>();

  /** Texts shorter than a piece cannot be searched for and are refused. */
  add(...texts: string[]): void {
    for (const text of texts) {
      const secret = secretPart(text);
      if (secret.length < PIECE) throw new RangeError("too short to be searched for");
      for (const piece of pieces(secret)) this.#pieces.add(piece);
    }
  }

  get size(): number {
    return this.#pieces.size;
  }

  /** Where in the text a piece of any secret stands: a little of what is around it. */
  findIn(text: string): string[] {
    const found: string[] = [];
    for (let at = 0; at + PIECE <= text.length; at++) {
      if (this.#pieces.has(text.slice(at, at + PIECE)))
        found.push(text.slice(Math.max(at - 60, 0), at + PIECE));
    }
    return found;
  }
}

/** Every document of a database as its bytes, one character a byte. */
export async function dump(db: Db): Promise<string> {
  const collections = await db.listCollections({}, { nameOnly: true }).toArray();
  const texts: string[] = [];
  for (const { name } of collections) {
    const documents = await db.collection(name).find({}, { raw: true }).toArray();
    texts.push(
      name,
      ...documents.map((bytes) => Buffer.from(bytes as unknown as Uint8Array).toString("latin1")),
    );
  }
  return texts.join("\n");
}
