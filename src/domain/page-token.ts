/**
 * Page tokens: where a list goes on. A token carries a position and a seal over it and over what it was made for, so
 * that it works for the same caller's view, project and filters only, and grants nothing: the caller is checked anew.
 */
import { createHmac, hkdfSync } from "node:crypto";
import { digestsMatch, type Pepper } from "./digest.ts";

/** What a token is tied to. */
export interface ListedView {
  readonly projectId: string;
  readonly environment: number | undefined;
  readonly creator: string;
  readonly query: string;
}

const TOKEN_KEY_PURPOSE = "keyfast page token v1";
/** 128 bits: a guess that grants nothing need not cost more. */
const SEAL_BYTES = 16;

export class PageTokens {
  readonly #keys: readonly Uint8Array[];

  /** The first pepper seals; tokens of the others, retired ones, are still read. */
  constructor(peppers: readonly Pepper[]) {
    this.#keys = peppers.map((p) => new Uint8Array(hkdfSync("sha256", p.secret, "", TOKEN_KEY_PURPOSE, 32)));
  }

  make(position: string, view: ListedView): string {
    const [current] = this.#keys;
    if (!current) throw new RangeError("no pepper to seal page tokens with");
    return Buffer.concat([seal(current, position, view), Buffer.from(position)]).toString("base64url");
  }

  /** The position inside, or undefined where the token is not one of ours for this view. */
  read(token: string, view: ListedView): string | undefined {
    const bytes = Buffer.from(token, "base64url");
    // Base64url has several spellings of one value; only ours is taken.
    if (bytes.toString("base64url") !== token || bytes.length <= SEAL_BYTES) return undefined;
    const position = bytes.subarray(SEAL_BYTES).toString();
    const given = bytes.subarray(0, SEAL_BYTES);
    return this.#keys.some((key) => digestsMatch(given, seal(key, position, view))) ? position : undefined;
  }
}

function seal(key: Uint8Array, position: string, view: ListedView): Buffer {
  const text = JSON.stringify([view.projectId, view.environment ?? 0, view.creator, view.query, position]);
  return createHmac("sha256", key).update(text).digest().subarray(0, SEAL_BYTES);
}
