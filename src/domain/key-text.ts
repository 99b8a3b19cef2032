/**
 * A key's text: `kf_prod_` + 16 base62 characters of key id + 43 of secret + 6 of CRC-32 over everything before them.
 * One double-click selects it, a scanner finds it by pattern, and a typo is told from a wrong key without a look-up.
 */
import { randomBytes, randomInt } from "node:crypto";
import { crc32 } from "node:zlib";
import { type EnvironmentTag, environmentTag } from "./environment.ts";
import { looksLikeKey } from "./key-outline.ts";

const ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const KEY_ID_LENGTH = 16;
/** 62^43 is the first power of 62 that holds 256 bits. */
const SECRET_LENGTH = 43;
/** 62^6 is the first power of 62 that holds 32 bits. */
const CHECKSUM_LENGTH = 6;
const BODY_LENGTH = KEY_ID_LENGTH + SECRET_LENGTH + CHECKSUM_LENGTH;
/** The longest text that can be a key: a prefix of 16, an environment of 4, two underscores, the body. */
export const MAX_KEY_TEXT_LENGTH = 16 + 4 + 2 + BODY_LENGTH;

/** What may stand in front in place of `kf`: 2 to 16 lower-case letters and digits, a letter first. */
export const KEY_PREFIX_PATTERN = /^[a-z][a-z0-9]{1,15}$/;
export const KEY_ID_PATTERN = /^[0-9A-Za-z]{16}$/;

export function encodeBase62(value: bigint, length: number): string {
  let rest = value;
  let text = "";
  while (text.length < length) {
    text = ALPHABET.charAt(Number(rest % 62n)) + text;
    rest /= 62n;
  }
  return text;
}

/** As `encodeBase62`, but in plain numbers, which 32 bits fit into: every Verify pays for this. */
function checksum(text: string): string {
  let rest = crc32(text);
  let sum = "";
  while (sum.length < CHECKSUM_LENGTH) {
    sum = ALPHABET.charAt(rest % 62) + sum;
    rest = Math.floor(rest / 62);
  }
  return sum;
}

export function newKeyId(): string {
  let id = "";
  while (id.length < KEY_ID_LENGTH) id += ALPHABET.charAt(randomInt(62));
  return id;
}

/** A new key's whole text, with 256 random bits of secret. */
export function newKeyText(prefix: string, environment: number, keyId: string): string {
  const secret = encodeBase62(BigInt(`0x${randomBytes(32).toString("hex")}`), SECRET_LENGTH);
  const body = `${prefix}_${environmentTag(environment)}_${keyId}${secret}`;
  return body + checksum(body);
}

/** The key id inside a well-formed key, or undefined where the text is malformed. Never touches a database. */
export function parseKeyText(text: string): string | undefined {
  if (text.length > MAX_KEY_TEXT_LENGTH || !looksLikeKey(text)) return undefined;
  const end = text.length - CHECKSUM_LENGTH;
  if (text.slice(end) !== checksum(text.slice(0, end))) return undefined;
  return keyIdPart(text);
}

/** Where the key id stands in a text of a key's length; what stands there need not be one. */
export function keyIdPart(text: string): string | undefined {
  if (text.length < BODY_LENGTH || text.length > MAX_KEY_TEXT_LENGTH) return undefined;
  const start = text.length - BODY_LENGTH;
  return text.slice(start, start + KEY_ID_LENGTH);
}

export interface ObfuscatedParts {
  readonly prefix: string;
  readonly environment: EnvironmentTag;
  readonly lastFour: string;
}

/** What is left to see of a key: `kf_prod_…x7Qz`. */
export const obfuscate = ({ prefix, environment, lastFour }: ObfuscatedParts) =>
  `${prefix}_${environment}_…${lastFour}`;
