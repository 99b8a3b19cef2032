/** Structured logs in which no secret can appear: every line is scrubbed as a whole before it is written. */
import { type DestinationStream, type Logger, pino } from "pino";

export type { Logger };

const SECRETS: readonly (readonly [RegExp, string])[] = [
  // A key, whole or cut off behind its id.
  [/\b[a-z][a-z0-9]{1,15}_(?:dev|stg|prod)_[0-9A-Za-z]{17,}/g, "[key]"],
  [/\beyJ[\w-]{8,}\.[\w-]+\.[\w-]*/g, "[jwt]"],
  [/\bbearer\s+[^\s"\\]+/gi, "bearer [credential]"],
  [/(mongodb(?:\+srv)?:\/\/)[^@\s"/]*@/g, "$1[credentials]@"],
];

/** The text without anything that looks like a secret. */
export const scrub = (text: string) =>
  SECRETS.reduce((scrubbed, [pattern, replacement]) => scrubbed.replace(pattern, replacement), text);

/** What is logged of an error: its kind, its code, its text, where it was raised, and its causes. */
function describe(error: unknown, depth = 0): unknown {
  if (!(error instanceof Error)) return typeof error === "object" ? "[object]" : String(error);
  const { code, reason } = error as { code?: unknown; reason?: unknown };
  return {
    type: error.name,
    message: error.message,
    ...(typeof code === "string" || typeof code === "number" ? { code } : {}),
    ...(typeof reason === "string" ? { reason } : {}),
    stack: error.stack,
    ...(error.cause !== undefined && depth < 3 ? { cause: describe(error.cause, depth + 1) } : {}),
  };
}

export function createLog(level: string, destination: DestinationStream = process.stderr): Logger {
  const scrubbing = { write: (line: string) => void destination.write(scrub(line)) };
  return pino({ level, base: null, serializers: { err: (error: unknown) => describe(error) } }, scrubbing);
}
