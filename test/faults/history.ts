/**
 * The history of a fault run: JSON Lines, one record a line. All times are nanoseconds since the start of the run, on the
 * monotonic clock of the one process that makes the calls.
 */

import { once } from "node:events";
import { createReadStream, createWriteStream, type WriteStream } from "node:fs";
import { createInterface } from "node:readline";

export const METHODS = ["Create", "Delete", "Verify", "List"] as const;
export type Method = (typeof METHODS)[number];

/** How the run was set up; the first line. */
export interface RunRecord {
  readonly type: "run";
  readonly seed: number;
  readonly seconds: number;
  /** False: Delete returned without waiting for the replicas. */
  readonly barrier: boolean;
  readonly replicas: readonly { readonly leaseMs: number; readonly cacheKeys: number }[];
}

/** One call, from before it was sent until after its answer was there. */
export interface CallRecord {
  readonly type: "call";
  readonly method: Method;
  readonly replica: number;
  /** Empty where a Create was not answered. */
  readonly keyId: string;
  /** The project that was named; not in Verify. */
  readonly project?: string;
  readonly start: number;
  readonly end: number;
  /**
   * Verify: the verdict. Delete: OK or NOT_FOUND. Create: OK. List, called with the key as its credential: ACCEPTED or
   * REFUSED. Either this or `error` is there.
   */
  readonly answer?: string;
  /** The status code of a service that could not answer; TRANSPORT where none came at all. */
  readonly error?: string;
  /** Of the receipt of a Delete. */
  readonly acknowledged?: number;
  readonly fenced?: number;
}

export interface FaultRecord {
  readonly type: "fault";
  readonly kind: string;
  /** What was hurt, for people. */
  readonly target: string;
  readonly start: number;
  /** When it was taken back. */
  readonly end: number;
}

/** A replica process that ended though nobody had ended it. */
export interface CrashRecord {
  readonly type: "crash";
  readonly replica: number;
  readonly at: number;
}

/** From here on nothing was hurt any more. */
export interface HealedRecord {
  readonly type: "healed";
  readonly at: number;
}

/** The last line: the history is whole. */
export interface EndRecord {
  readonly type: "end";
  readonly at: number;
}

export type HistoryRecord = RunRecord | CallRecord | FaultRecord | CrashRecord | HealedRecord | EndRecord;

/** A line that is no record of a history. */
export class HistoryError extends Error {
  override readonly name = "HistoryError";
}

/** Writes the history and tells the time in it. */
export class HistoryWriter {
  readonly path: string;
  readonly #file: WriteStream;
  readonly #origin = process.hrtime.bigint();
  #failure: Error | undefined;

  constructor(path: string) {
    this.path = path;
    this.#file = createWriteStream(path, { highWaterMark: 1 << 20 });
    this.#file.on("error", (error) => {
      this.#failure = error;
    });
  }

  now(): number {
    return Number(process.hrtime.bigint() - this.#origin);
  }

  write(record: HistoryRecord): void {
    this.#file.write(`${JSON.stringify(record)}\n`);
  }

  /** Rejects where anything could not be written. */
  async close(): Promise<void> {
    this.#file.end();
    if (!this.#failure) await once(this.#file, "close");
    if (this.#failure) throw this.#failure;
  }
}

/** The records of a file in their order. Throws HistoryError at the first line that is none. */
export async function* readHistory(path: string): AsyncGenerator<HistoryRecord> {
  let number = 0;
  for await (const line of createInterface({ input: createReadStream(path), crlfDelay: Infinity })) {
    number++;
    yield parseRecord(line, number);
  }
}

function parseRecord(line: string, number: number): HistoryRecord {
  try {
    const record = JSON.parse(line) as HistoryRecord;
    if (isRecord(record)) return record;
  } catch {
    // Told below, like a record with the wrong fields.
  }
  throw new HistoryError(`line ${number} is no record of a history`);
}

const MAX_REPLICAS = 64;
const isTime = (value: unknown) => Number.isSafeInteger(value);

function isRecord(record: HistoryRecord): boolean {
  switch (record.type) {
    case "call":
      return isCall(record);
    case "fault":
      return typeof record.kind === "string" && isTime(record.start) && isTime(record.end);
    case "run":
      return Array.isArray(record.replicas) && typeof record.barrier === "boolean";
    case "crash":
    case "healed":
    case "end":
      return isTime(record.at);
    default:
      return false;
  }
}

function isCall({ method, replica, keyId, start, end, answer, error }: CallRecord): boolean {
  return (
    METHODS.includes(method) &&
    Number.isInteger(replica) &&
    replica >= 0 &&
    replica < MAX_REPLICAS &&
    typeof keyId === "string" &&
    isTime(start) &&
    isTime(end) &&
    start <= end &&
    (typeof answer === "string") !== (typeof error === "string")
  );
}
