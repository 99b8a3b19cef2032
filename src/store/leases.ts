/** The collection `leases`: one document for each replica that may answer from memory. */
import { type ClientSession, type Collection, type Db, ObjectId, type Timestamp } from "mongodb";
import { attempt } from "./connection.ts";

interface LeaseDocument {
  _id: ObjectId;
  /** How long the replica trusts its memory after a renewal, in milliseconds. Replicas may differ. */
  length_ms: number;
  /** Up to which cluster time the replica has applied deletions. Moves forward only. */
  applied: Timestamp;
  /** Set by a Delete that was not acknowledged in time. Nothing renews a fenced lease. */
  fenced: boolean;
  renewals: number;
}

export const LEASES_VALIDATOR = {
  $jsonSchema: {
    bsonType: "object",
    additionalProperties: false,
    required: ["_id", "length_ms", "applied", "fenced", "renewals"],
    properties: {
      _id: { bsonType: "objectId" },
      length_ms: { bsonType: "int", minimum: 1 },
      applied: { bsonType: "timestamp" },
      fenced: { bsonType: "bool" },
      renewals: { bsonType: ["int", "long"] },
    },
  },
};

export type LeaseId = ObjectId;

/** How long what has no limit of its own may take, in milliseconds. */
const LIMIT_MS = 5_000;

/** Gives up after `ms`, for a server that was paused and keeps no limit of its own. The work may still succeed later. */
async function within<T>(ms: number, work: () => Promise<T>): Promise<T> {
  const signal = AbortSignal.timeout(ms);
  const expired = new Promise<never>((_, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
  });
  return await attempt(() => Promise.race([work(), expired]));
}

/** What a Delete needs to know of a replica. */
export interface ListedLease {
  readonly id: LeaseId;
  readonly lengthMs: number;
  readonly applied: Timestamp;
  readonly fenced: boolean;
}

const toListed = (d: LeaseDocument): ListedLease => ({
  id: d._id,
  lengthMs: d.length_ms,
  applied: d.applied,
  fenced: d.fenced,
});

export class LeaseCollection {
  readonly collection: Collection<LeaseDocument>;

  constructor(db: Db) {
    this.collection = db.collection<LeaseDocument>("leases");
  }

  /** A fresh id. An insert whose outcome is unknown is never repeated with the same one. */
  newId(): LeaseId {
    return new ObjectId();
  }

  /** Registers a replica; the cluster time at which it stands in the list. */
  insert(id: LeaseId, lengthMs: number, applied: Timestamp): Promise<Timestamp> {
    const document = { _id: id, length_ms: lengthMs, applied, fenced: false, renewals: 0 };
    return this.#timed(async (session) => void (await this.collection.insertOne(document, { session })));
  }

  /**
   * Renews a lease and moves `applied` forward, both only while it is not fenced. False where it is fenced or gone.
   * The counter makes each renewal a real write: an update that changes nothing is confirmed without asking a majority
   * anew, so that a superseded primary could confirm it.
   */
  async renew(id: LeaseId, applied: Timestamp, maxTimeMs: number): Promise<boolean> {
    const { matchedCount } = await within(maxTimeMs, () =>
      this.collection.updateOne(
        { _id: id, fenced: false },
        { $max: { applied }, $inc: { renewals: 1 } },
        { maxTimeMS: maxTimeMs },
      ),
    );
    return matchedCount === 1;
  }

  /** All leases as a majority holds them at or after `time`. */
  listAfter(time: Timestamp, maxTimeMs: number): Promise<ListedLease[]> {
    return within(maxTimeMs, () =>
      this.collection.db.client.withSession(async (session) => {
        // Reads of a session are made after its time.
        session.advanceOperationTime(time);
        const documents = await this.collection.find({}, { session, maxTimeMS: maxTimeMs }).toArray();
        return documents.map(toListed);
      }),
    );
  }

  /**
   * Marks leases that have not applied `time` yet. They stay in the list: another Delete must see them too. The cluster
   * time at or after which they are to be looked up: an earlier read need not show the marks.
   */
  fence(ids: readonly LeaseId[], time: Timestamp): Promise<Timestamp> {
    const late = { _id: { $in: [...ids] }, applied: { $lt: time } };
    return this.#timed(async (session) => {
      session.advanceOperationTime(time);
      await this.collection.updateMany(late, { $set: { fenced: true } }, { session });
    });
  }

  /** Only for one who has waited the leases out. Those that were never marked are live and stay. */
  async removeFenced(ids: readonly LeaseId[]): Promise<void> {
    await within(LIMIT_MS, () => this.collection.deleteMany({ _id: { $in: [...ids] }, fenced: true }));
  }

  /** Only for a replica that has discarded the memory it used under them. */
  async remove(ids: readonly LeaseId[]): Promise<void> {
    if (ids.length === 0) return;
    await within(LIMIT_MS, () => this.collection.deleteMany({ _id: { $in: [...ids] } }));
  }

  /** A write, and the cluster time at or after which it was made. */
  #timed(write: (session: ClientSession) => Promise<void>): Promise<Timestamp> {
    return within(LIMIT_MS, () =>
      this.collection.db.client.withSession(async (session) => {
        await write(session);
        const { operationTime } = session;
        if (!operationTime) throw new Error("a write without operation time");
        return operationTime;
      }),
    );
  }
}
