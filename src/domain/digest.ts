/** Digests: what is stored of a key, and what memory compares. */
import { createHmac, hash, timingSafeEqual } from "node:crypto";
import type { Access } from "./access.ts";

export interface Pepper {
  /** Stored beside each digest; says which pepper it was made with. */
  readonly id: string;
  /** At least 32 bytes, kept outside the database. */
  readonly secret: Uint8Array;
}

/** What a key's digest covers besides its text: change any of it in the database and the key matches no more. */
export interface DigestedRecord {
  readonly keyId: string;
  readonly projectId: string;
  readonly environment: number;
  readonly access: Access;
  readonly createTime: Date;
  readonly creator: string;
  readonly expireTime: Date | undefined;
}

const DIGEST_VERSION = "keyfast key v1";
const CHECK_VERSION = "keyfast pepper check v1";

/** JSON of an array is injective: no two different records make the same text. */
function canonicalText(keyText: string, record: DigestedRecord): string {
  const access =
    record.access.kind === "unrestricted"
      ? "unrestricted"
      : record.access.permissions.map((p) => [p.resource, p.level]);
  return JSON.stringify([
    DIGEST_VERSION,
    keyText,
    record.keyId,
    record.projectId,
    record.environment,
    access,
    record.createTime.getTime(),
    record.creator,
    record.expireTime?.getTime() ?? null,
  ]);
}

/** HMAC-SHA-256 of a key and of the record that it authorises, 32 bytes. */
export function keyDigest(pepper: Pepper, keyText: string, record: DigestedRecord): Uint8Array {
  return createHmac("sha256", pepper.secret).update(canonicalText(keyText, record)).digest();
}

/** 32 bytes that tell whether two replicas hold the same pepper, without telling the pepper. */
export function pepperCheck(pepper: Pepper): Uint8Array {
  return createHmac("sha256", pepper.secret)
    .update(JSON.stringify([CHECK_VERSION, pepper.id]))
    .digest();
}

/** SHA-256 of a text that carries its own 256 bits of entropy, such as a presented key or a token. */
export const textDigest = (text: string): Buffer => hash("sha256", text, "buffer");

/** The same, as a text of one character for each byte: Node makes that several times faster than a buffer. */
export const textDigestChars = (text: string): string => hash("sha256", text, "binary");

export function digestsMatch(a: Uint8Array, b: Uint8Array): boolean {
  return a.byteLength === b.byteLength && timingSafeEqual(a, b);
}
