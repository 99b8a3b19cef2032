/** The collection `keys`: one document a key. */
import { Binary, type ClientSession, type Collection, type Db, type Filter, type Timestamp } from "mongodb";
import { type Access, restrictedTo, UNRESTRICTED } from "../domain/access.ts";
import type { KeyRecord } from "../domain/key.ts";
import { attempt } from "./connection.ts";
import { indexName } from "./search.ts";

export interface KeyDocument {
  _id: string;
  project_id: string;
  /** Creation time and key id in one sortable text: what a list is ordered by. */
  position: string;
  display_name: string;
  name_folded: string;
  name_suffixes: string[];
  obfuscated_key: string;
  /** Null: unrestricted. */
  permissions: { resource: number; level: number }[] | null;
  environment: number;
  create_time: Date;
  creator: string;
  expire_time: Date | null;
  pepper_id: string;
  digest: Binary;
  /** How many keys this key has created; absent at first. */
  keys_created?: number;
}

export const KEYS_VALIDATOR = {
  $jsonSchema: {
    bsonType: "object",
    additionalProperties: false,
    required: [
      "_id",
      "project_id",
      "position",
      "display_name",
      "name_folded",
      "name_suffixes",
      "obfuscated_key",
      "permissions",
      "environment",
      "create_time",
      "creator",
      "expire_time",
      "pepper_id",
      "digest",
    ],
    properties: {
      _id: { bsonType: "string", pattern: "^[0-9A-Za-z]{16}$" },
      project_id: { bsonType: "string", minLength: 1, maxLength: 64 },
      position: { bsonType: "string" },
      display_name: { bsonType: "string", minLength: 1 },
      name_folded: { bsonType: "string" },
      name_suffixes: { bsonType: "array", items: { bsonType: "string" } },
      obfuscated_key: { bsonType: "string" },
      permissions: {
        bsonType: ["array", "null"],
        items: {
          bsonType: "object",
          additionalProperties: false,
          required: ["resource", "level"],
          properties: {
            resource: { bsonType: "int", minimum: 1 },
            level: { bsonType: "int", minimum: 2, maximum: 3 },
          },
        },
      },
      environment: { bsonType: "int", minimum: 1, maximum: 3 },
      create_time: { bsonType: "date" },
      creator: { bsonType: "string" },
      expire_time: { bsonType: ["date", "null"] },
      pepper_id: { bsonType: "string" },
      digest: { bsonType: "binData" },
      keys_created: { bsonType: "int" },
    },
  },
};

/** How much longer than the server's own limit a read may take, in milliseconds: a paused server keeps no limit. */
const NETWORK_MS = 500;

/** What a caller may see of a project. */
export interface KeyScope {
  readonly projectId: string;
  /** Keys of this environment only; undefined: of all. */
  readonly environment: number | undefined;
}

/** `position` for a time: fixed width, so that text order is time order. */
export const positionOf = (createTime: Date, keyId: string) =>
  createTime.getTime().toString(16).padStart(12, "0") + keyId;

export function toDocument(key: KeyRecord): KeyDocument {
  const name = indexName(key.displayName);
  return {
    _id: key.keyId,
    project_id: key.projectId,
    position: positionOf(key.createTime, key.keyId),
    display_name: key.displayName,
    name_folded: name.folded,
    name_suffixes: [...name.suffixes],
    obfuscated_key: key.obfuscatedKey,
    permissions: key.access.kind === "unrestricted" ? null : key.access.permissions.map((p) => ({ ...p })),
    environment: key.environment,
    create_time: key.createTime,
    creator: key.creator,
    expire_time: key.expireTime ?? null,
    pepper_id: key.pepperId,
    digest: new Binary(key.digest),
  };
}

function accessOf(document: Pick<KeyDocument, "permissions">): Access {
  return document.permissions === null ? UNRESTRICTED : restrictedTo(document.permissions);
}

/** Everything but what only search needs. */
export const RECORD_PROJECTION = { position: 0, name_folded: 0, name_suffixes: 0, keys_created: 0 } as const;

export function toRecord(document: Omit<KeyDocument, keyof typeof RECORD_PROJECTION>): KeyRecord {
  return {
    keyId: document._id,
    projectId: document.project_id,
    displayName: document.display_name,
    obfuscatedKey: document.obfuscated_key,
    access: accessOf(document),
    environment: document.environment,
    createTime: document.create_time,
    creator: document.creator,
    expireTime: document.expire_time ?? undefined,
    pepperId: document.pepper_id,
    digest: document.digest.buffer,
  };
}

export function scopeFilter({ projectId, environment }: KeyScope): Filter<KeyDocument> {
  return environment === undefined ? { project_id: projectId } : { project_id: projectId, environment };
}

export class KeyCollection {
  readonly collection: Collection<KeyDocument>;
  readonly #db: Db;

  constructor(db: Db) {
    this.#db = db;
    this.collection = db.collection<KeyDocument>("keys");
  }

  async createIndexes(): Promise<void> {
    await this.collection.createIndexes([
      { name: "browse", key: { project_id: 1, position: -1 } },
      { name: "browse_environment", key: { project_id: 1, environment: 1, position: -1 } },
      // Also for a creator's keys of all environments, which are then merged from as many walks as there are.
      {
        name: "browse_creator_environment",
        key: { project_id: 1, creator: 1, environment: 1, position: -1 },
      },
      // The last two are here so that a search with those filters never leaves the index.
      { name: "search", key: { project_id: 1, name_suffixes: 1, position: -1, environment: 1, creator: 1 } },
    ]);
  }

  get(scope: KeyScope, keyId: string): Promise<KeyRecord | undefined> {
    return attempt(async () => {
      const filter = { ...scopeFilter(scope), _id: keyId };
      const document = await this.collection.findOne(filter, { projection: RECORD_PROJECTION });
      return document ? toRecord(document) : undefined;
    });
  }

  /**
   * The key as it stands at or after the start of this call, in the eyes of a majority: a primary that has been
   * superseded cannot answer. Fails within `maxTimeMs` milliseconds where no majority can be asked.
   */
  getLinearizable(keyId: string, maxTimeMs: number): Promise<KeyRecord | undefined> {
    return attempt(async () => {
      const document = await this.collection.findOne(
        { _id: keyId },
        {
          projection: RECORD_PROJECTION,
          readConcern: { level: "linearizable" },
          maxTimeMS: maxTimeMs,
          signal: AbortSignal.timeout(maxTimeMs + NETWORK_MS),
        },
      );
      return document ? toRecord(document) : undefined;
    });
  }

  /**
   * The key as a majority holds it at or after `after`. A superseded primary never reaches a time that it has not seen
   * and fails within `maxTimeMs` milliseconds.
   */
  getAfter(keyId: string, after: Timestamp, maxTimeMs: number): Promise<KeyRecord | undefined> {
    return attempt(async () => {
      const command = {
        find: "keys",
        filter: { _id: keyId },
        projection: RECORD_PROJECTION,
        limit: 1,
        singleBatch: true,
        maxTimeMS: maxTimeMs,
        readConcern: { level: "majority", afterClusterTime: after },
      };
      const reply = await this.#db.command(command, { signal: AbortSignal.timeout(maxTimeMs + NETWORK_MS) });
      const [document] = reply.cursor.firstBatch as KeyDocument[];
      return document ? toRecord(document) : undefined;
    });
  }

  /**
   * The key inside a transaction, written to without change, so that this transaction and a Delete of the key cannot
   * both commit. (A read alone would see a snapshot from before the Delete and not conflict with it.)
   */
  async lockInTransaction(keyId: string, session: ClientSession): Promise<KeyRecord | undefined> {
    const document = await this.collection.findOneAndUpdate(
      { _id: keyId },
      { $inc: { keys_created: 1 } },
      { projection: RECORD_PROJECTION, session },
    );
    return document ? toRecord(document) : undefined;
  }

  async insert(key: KeyRecord, session: ClientSession): Promise<void> {
    await this.collection.insertOne(toDocument(key), { session });
  }

  /** Whether there was such a key in the scope; it is gone once the transaction commits. */
  async delete(scope: KeyScope, keyId: string, session: ClientSession): Promise<boolean> {
    const { deletedCount } = await this.collection.deleteOne(
      { ...scopeFilter(scope), _id: keyId },
      { session },
    );
    return deletedCount === 1;
  }
}
