/** The collection `audit_events`: who created or deleted which key, written in the transaction that did it. */
import { type ClientSession, type Collection, type Db, ObjectId } from "mongodb";

export interface AuditEvent {
  readonly action: "create" | "delete";
  readonly projectId: string;
  readonly keyId: string;
  /** As `ApiKey.creator` names callers. */
  readonly actor: string;
}

interface AuditDocument {
  _id: ObjectId;
  action: "create" | "delete";
  project_id: string;
  key_id: string;
  actor: string;
  time: Date;
}

export const AUDIT_VALIDATOR = {
  $jsonSchema: {
    bsonType: "object",
    additionalProperties: false,
    required: ["_id", "action", "project_id", "key_id", "actor", "time"],
    properties: {
      _id: { bsonType: "objectId" },
      action: { enum: ["create", "delete"] },
      project_id: { bsonType: "string" },
      key_id: { bsonType: "string" },
      actor: { bsonType: "string" },
      time: { bsonType: "date" },
    },
  },
};

export class AuditCollection {
  readonly collection: Collection<AuditDocument>;

  constructor(db: Db) {
    this.collection = db.collection<AuditDocument>("audit_events");
  }

  async createIndexes(): Promise<void> {
    await this.collection.createIndex({ project_id: 1, time: -1 }, { name: "by_project" });
  }

  async insert(event: AuditEvent, session: ClientSession): Promise<void> {
    const document = {
      _id: new ObjectId(),
      action: event.action,
      project_id: event.projectId,
      key_id: event.keyId,
      actor: event.actor,
      time: new Date(),
    };
    await this.collection.insertOne(document, { session });
  }
}
