/**
 * The change stream over keys and deletion markers, read command by command: the driver's own change stream resumes by
 * itself where we must know that it broke.
 */
import { setTimeout as delay } from "node:timers/promises";
import { type ClientSession, type Db, type Document, Long, Timestamp } from "mongodb";
import { KeyfastError } from "../domain/errors.ts";
import { attempt } from "./connection.ts";

/** How long the server waits for news before it answers with none, in milliseconds. */
const AWAIT_MS = 200;
/** An answer that takes this much longer is not coming, in milliseconds. */
const PATIENCE_MS = 4_000;
/** How often a server is asked that tells no cluster time yet, in milliseconds. */
const NO_TIME_YET_MS = 50;

export interface Batch {
  /** Keys to drop. */
  readonly keyIds: readonly string[];
  /** Those of them that are gone for good: their documents were deleted. */
  readonly deletedIds: readonly string[];
  /** All events up to this cluster time have been delivered, by the stream's own account. */
  readonly upTo: Timestamp;
}

/** The stream ended in a way that leaves a gap. */
export class StreamBroken extends Error {
  override readonly name = "StreamBroken";
}

const PIPELINE = [
  {
    $match: {
      $or: [
        { "ns.coll": "keys", operationType: { $ne: "insert" } },
        { "ns.coll": "deletion_markers", operationType: { $nin: ["delete", "update"] } },
        { operationType: { $in: ["dropDatabase", "invalidate"] } },
      ],
    },
  },
  { $project: { operationType: 1, ns: 1, documentKey: 1, "fullDocument.key_id": 1 } },
];

interface Event {
  readonly operationType: string;
  readonly ns?: { readonly coll: string };
  readonly documentKey?: { readonly _id: unknown };
  readonly fullDocument?: { readonly key_id: string };
}

export class DeletionStream {
  readonly #db: Db;
  readonly #session: ClientSession;
  #cursor: Long;
  #pending: Document;

  private constructor(db: Db, session: ClientSession, reply: Document) {
    this.#db = db;
    this.#session = session;
    this.#cursor = idOf(reply);
    this.#pending = reply;
  }

  /** Opens the stream and returns once the server has: `startAt` and all that follows will be delivered. */
  static async open(db: Db, startAt: Timestamp): Promise<DeletionStream> {
    const session = db.client.startSession({ causalConsistency: false });
    try {
      const reply = await attempt(() =>
        db.command(
          {
            aggregate: 1,
            pipeline: [{ $changeStream: { startAtOperationTime: startAt } }, ...PIPELINE],
            cursor: { batchSize: 0 },
            readConcern: { level: "majority" },
          },
          { session, signal: AbortSignal.timeout(PATIENCE_MS) },
        ),
      );
      return new DeletionStream(db, session, reply);
    } catch (error) {
      await session.endSession();
      throw error;
    }
  }

  /**
   * The cluster time now, from which on a stream can be opened. With access control a server that has just started
   * tells none until it has loaded the keys that it signs times with; DATABASE_UNAVAILABLE where that takes too long.
   */
  static async now(db: Db): Promise<Timestamp> {
    const signal = AbortSignal.timeout(PATIENCE_MS);
    while (!signal.aborted) {
      const { operationTime } = await attempt(() => db.command({ ping: 1 }, { signal }));
      if (operationTime) return operationTime;
      await delay(NO_TIME_YET_MS);
    }
    throw new KeyfastError("DATABASE_UNAVAILABLE", "the database tells no time yet, try again");
  }

  /** The next events, or none after a short wait. StreamBroken or DATABASE_UNAVAILABLE where the stream is over. */
  async next(signal: AbortSignal): Promise<Batch> {
    if (this.#cursor.isZero()) throw new StreamBroken("the change stream has ended");
    this.#pending = await attempt(() =>
      this.#db.command(
        { getMore: this.#cursor, collection: "$cmd.aggregate", maxTimeMS: AWAIT_MS },
        {
          session: this.#session,
          signal: AbortSignal.any([signal, AbortSignal.timeout(AWAIT_MS + PATIENCE_MS)]),
        },
      ),
    );
    this.#cursor = idOf(this.#pending);
    return toBatch(this.#pending.cursor);
  }

  async close(): Promise<void> {
    if (!this.#cursor.isZero()) {
      const kill = { killCursors: "$cmd.aggregate", cursors: [this.#cursor] };
      const signal = AbortSignal.timeout(PATIENCE_MS);
      await this.#db.command(kill, { session: this.#session, signal }).catch(() => {});
    }
    await this.#session.endSession().catch(() => {});
  }
}

/** The driver makes a number of an id that happens to be small enough, and of the zero that tells that a cursor is over. */
const idOf = (reply: Document): Long => Long.fromValue(reply.cursor.id);

function toBatch(cursor: Document): Batch {
  const keyIds: string[] = [];
  const deletedIds: string[] = [];
  for (const event of cursor.nextBatch as Event[]) {
    const keyId = keyIdOf(event);
    keyIds.push(keyId);
    if (event.operationType === "delete") deletedIds.push(keyId);
  }
  return { keyIds, deletedIds, upTo: timeOfToken(cursor.postBatchResumeToken) };
}

function keyIdOf(event: Event): string {
  if (event.operationType === "insert" && event.fullDocument) return event.fullDocument.key_id;
  const isKey = event.ns?.coll === "keys" && typeof event.documentKey?._id === "string";
  const isChange = ["delete", "update", "replace"].includes(event.operationType);
  if (isKey && isChange) return event.documentKey?._id as string;
  throw new StreamBroken(`the change stream met ${event.operationType} on a followed collection`);
}

/** A resume token starts, in hexadecimal, with the type byte of a timestamp, then its seconds and its increment. */
const TOKEN_PATTERN = /^82([0-9A-F]{8})([0-9A-F]{8})/i;

/** The cluster time inside a resume token. */
export function timeOfToken(token: Document | undefined): Timestamp {
  const match = TOKEN_PATTERN.exec(String(token?._data ?? ""));
  if (!match?.[1] || !match[2]) throw new StreamBroken("a resume token of an unknown form");
  return new Timestamp({ t: Number.parseInt(match[1], 16), i: Number.parseInt(match[2], 16) });
}
