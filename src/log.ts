/**
 * Structured logs in which no secret can appear: what is logged is reduced to plain values first, of errors to what is
 * named here, and every line is scrubbed as a whole before it is written.
 */
import { type DestinationStream, type Logger, pino } from "pino";

export type { Logger };

const SECRETS: readonly (readonly [RegExp, string])[] = [
  // A key, whole or cut off behind its id.
  [/[a-z][a-z0-9]{1,15}_(?:dev|stg|prod)_[0-9A-Za-z]{17,}/g, "[key]"],
  [/eyJ[\w-]{8,}\.[\w-]+\.[\w-]*/g, "[jwt]"],
  [/\bbearer\s+[^\s"\\]+/gi, "bearer [credential]"],
  [/(mongodb(?:\+srv)?:\/\/)[^\s"\\/]*@/gi, "$1[credentials]@"],
];

/** 256 bits in base64 have 43 characters: as long as any token, digest or pepper in its usual spelling. */
const LONG_WORD = /[\w+-]{43,}={0,2}/g;
const looksRandom = (word: string) => /\d/.test(word) && /[a-z]/i.test(word);

/** The text without anything that looks like a secret. */
export function scrub(text: string): string {
  const known = SECRETS.reduce((scrubbed, [pattern, mask]) => scrubbed.replace(pattern, mask), text);
  return known.replace(LONG_WORD, (word) => (looksRandom(word) ? "[secret]" : word));
}

const MAX_DEPTH = 5;

/** A value as it may be logged: no bytes, no insides of what we do not know. */
function plain(value: unknown, depth = 0): unknown {
  if (typeof value === "bigint") return String(value);
  if (typeof value !== "object" || value === null) return value;
  if (value instanceof Error) return describe(value, depth);
  if (value instanceof Date) return value;
  if (ArrayBuffer.isView(value)) return `[${value.byteLength} bytes]`;
  if (depth >= MAX_DEPTH) return "[deeper]";
  if (Array.isArray(value)) return value.map((item) => plain(item, depth + 1));
  return isPlainObject(value) ? plainFields(value, depth) : `[${kindOf(value)}]`;
}

const isPlainObject = (value: object) =>
  [Object.prototype, null].includes(Object.getPrototypeOf(value) as object | null);

const plainFields = (fields: object, depth: number): Record<string, unknown> =>
  Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, plain(value, depth + 1)]));

/** What is logged of an error: its kind, its code, its text, where it was raised, and its causes. */
function describe(error: Error, depth: number): unknown {
  const { code, reason } = error as { code?: unknown; reason?: unknown };
  return {
    type: error.name,
    message: error.message,
    ...(typeof code === "string" || typeof code === "number" ? { code } : {}),
    ...(typeof reason === "string" ? { reason } : {}),
    stack: framesOf(error),
    ...(error.cause !== undefined && depth < MAX_DEPTH ? { cause: causeOf(error.cause, depth + 1) } : {}),
  };
}

/** Libraries put whole answers into a cause, tokens and all: of one that is no error its kind only. */
const causeOf = (cause: unknown, depth: number) =>
  cause instanceof Error ? describe(cause, depth) : `[${kindOf(cause)}]`;

const kindOf = (value: unknown) =>
  typeof value === "object" && value !== null ? (value.constructor?.name ?? "object") : typeof value;

/** A stack starts with the message, which has been told already. */
const framesOf = (error: Error) =>
  (error.stack ?? "")
    .split("\n")
    .filter((line) => /^\s+at /.test(line))
    .map((line) => line.trim());

/** `destination` gets whole lines of JSON. */
export function createLog(level: string, destination: DestinationStream = process.stderr): Logger {
  const scrubbing = { write: (line: string) => void destination.write(scrub(line)) };
  const formatters = { log: (fields: object) => plainFields(fields, 0) };
  // Errors have been described by then; the default serializer would make them over.
  const serializers = { err: (described: unknown) => described };
  return pino({ level, base: null, formatters, serializers }, scrubbing);
}
