/**
 * The collection `deletion_markers`: one document for each Delete that was committed, also where there was nothing to
 * delete. Replicas follow it to learn which keys to drop and how far they have come.
 */
import { type ClientSession, type Collection, type Db, ObjectId } from "mongodb";

/** Replicas read markers from the change stream; the documents themselves are of no use after that. */
const KEPT_SECONDS = 60 * 60;

export interface MarkerDocument {
  _id: ObjectId;
  key_id: string;
  time: Date;
}

export const MARKERS_VALIDATOR = {
  $jsonSchema: {
    bsonType: "object",
    additionalProperties: false,
    required: ["_id", "key_id", "time"],
    properties: {
      _id: { bsonType: "objectId" },
      key_id: { bsonType: "string" },
      time: { bsonType: "date" },
    },
  },
};

export class MarkerCollection {
  readonly collection: Collection<MarkerDocument>;

  constructor(db: Db) {
    this.collection = db.collection<MarkerDocument>("deletion_markers");
  }

  async createIndexes(): Promise<void> {
    await this.collection.createIndex({ time: 1 }, { name: "forget", expireAfterSeconds: KEPT_SECONDS });
  }

  async insert(keyId: string, session: ClientSession): Promise<void> {
    await this.collection.insertOne({ _id: new ObjectId(), key_id: keyId, time: new Date() }, { session });
  }
}
