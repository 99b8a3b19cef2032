/** The collection `create_requests`: what makes Create safe to retry. Each is remembered for 24 hours. */
import { Binary, type ClientSession, type Collection, type Db } from "mongodb";
import { attempt } from "./connection.ts";

const REMEMBERED_MS = 24 * 60 * 60 * 1_000;

/** Whose request it is: the same id from another caller or in another project is another request. */
export interface RequestName {
  readonly projectId: string;
  readonly caller: string;
  /** A UUID in lower case. */
  readonly requestId: string;
}

export interface RememberedRequest {
  readonly keyId: string;
  /** SHA-256 of the arguments in canonical form. */
  readonly argumentsDigest: Uint8Array;
}

interface RequestDocument {
  _id: string;
  key_id: string;
  arguments_digest: Binary;
  time: Date;
}

export const REQUESTS_VALIDATOR = {
  $jsonSchema: {
    bsonType: "object",
    additionalProperties: false,
    required: ["_id", "key_id", "arguments_digest", "time"],
    properties: {
      _id: { bsonType: "string" },
      key_id: { bsonType: "string" },
      arguments_digest: { bsonType: "binData" },
      time: { bsonType: "date" },
    },
  },
};

const idOf = (name: RequestName) => JSON.stringify([name.projectId, name.caller, name.requestId]);

export class RequestCollection {
  readonly collection: Collection<RequestDocument>;

  constructor(db: Db) {
    this.collection = db.collection<RequestDocument>("create_requests");
  }

  async createIndexes(): Promise<void> {
    await this.collection.createIndex(
      { time: 1 },
      { name: "forget", expireAfterSeconds: REMEMBERED_MS / 1_000 },
    );
  }

  /** What was made of this request in the last 24 hours. */
  find(name: RequestName): Promise<RememberedRequest | undefined> {
    return attempt(async () => {
      const since = new Date(Date.now() - REMEMBERED_MS);
      const document = await this.collection.findOne({ _id: idOf(name), time: { $gt: since } });
      if (!document) return undefined;
      return { keyId: document.key_id, argumentsDigest: document.arguments_digest.buffer };
    });
  }

  /**
   * Remembers the request, in the transaction that creates its key. False where somebody else has: the transaction
   * must then be given up and the request looked up.
   */
  async remember(name: RequestName, request: RememberedRequest, session: ClientSession): Promise<boolean> {
    const _id = idOf(name);
    const now = Date.now();
    // The server removes what is past its time only about once a minute.
    await this.collection.deleteOne({ _id, time: { $lte: new Date(now - REMEMBERED_MS) } }, { session });
    const { upsertedCount } = await this.collection.updateOne(
      { _id },
      {
        $setOnInsert: {
          key_id: request.keyId,
          arguments_digest: new Binary(request.argumentsDigest),
          time: new Date(now),
        },
      },
      { upsert: true, session },
    );
    return upsertedCount === 1;
  }
}
