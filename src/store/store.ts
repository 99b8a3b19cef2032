/** Everything that is kept in MongoDB: one file a collection, gathered here. */
import type { ClientSession, Db, Document, MongoClient } from "mongodb";
import type { Pepper } from "../domain/digest.ts";
import { AUDIT_VALIDATOR, AuditCollection } from "./audit.ts";
import {
  attempt,
  type Committed,
  createClient,
  databaseOf,
  type Hello,
  inTransaction,
  requireReplicaSet,
} from "./connection.ts";
import { KEYS_VALIDATOR, KeyCollection } from "./keys.ts";
import { LEASES_VALIDATOR, LeaseCollection } from "./leases.ts";
import { MARKERS_VALIDATOR, MarkerCollection } from "./markers.ts";
import { PEPPERS_VALIDATOR, PepperCollection } from "./peppers.ts";
import { REQUESTS_VALIDATOR, RequestCollection } from "./requests.ts";

const VALIDATORS: Readonly<Record<string, Document>> = {
  keys: KEYS_VALIDATOR,
  audit_events: AUDIT_VALIDATOR,
  create_requests: REQUESTS_VALIDATOR,
  deletion_markers: MARKERS_VALIDATOR,
  leases: LEASES_VALIDATOR,
  peppers: PEPPERS_VALIDATOR,
};

const NAMESPACE_EXISTS = 48;
/** For the stream of deletions, renewals, and the Deletes that look at leases. */
const LEASE_CONNECTIONS = 16;

export class Store {
  readonly client: MongoClient;
  readonly db: Db;
  /** The same database by connections of its own: leases must be kept also where calls take all the others. */
  readonly leaseDb: Db;
  readonly #leaseClient: MongoClient;
  readonly keys: KeyCollection;
  readonly audit: AuditCollection;
  readonly requests: RequestCollection;
  readonly markers: MarkerCollection;
  readonly leases: LeaseCollection;
  readonly peppers: PepperCollection;

  constructor(client: MongoClient, leaseClient: MongoClient, database: string) {
    this.client = client;
    this.#leaseClient = leaseClient;
    this.leaseDb = databaseOf(leaseClient, database);
    this.db = databaseOf(client, database);
    this.keys = new KeyCollection(this.db);
    this.audit = new AuditCollection(this.db);
    this.requests = new RequestCollection(this.db);
    this.markers = new MarkerCollection(this.db);
    this.leases = new LeaseCollection(this.leaseDb);
    this.peppers = new PepperCollection(this.db);
  }

  /** Collections with their validators, and all indexes. Safe to run from several replicas at once. */
  async prepare(): Promise<void> {
    for (const [name, validator] of Object.entries(VALIDATORS)) await this.#ensureCollection(name, validator);
    await this.keys.createIndexes();
    await this.audit.createIndexes();
    await this.requests.createIndexes();
    await this.markers.createIndexes();
  }

  async #ensureCollection(name: string, validator: Document): Promise<void> {
    try {
      await this.db.createCollection(name, { validator });
    } catch (error) {
      if ((error as { code?: unknown }).code !== NAMESPACE_EXISTS) throw error;
      await this.db.command({ collMod: name, validator });
    }
  }

  transaction<T>(work: (session: ClientSession) => Promise<T>): Promise<Committed<T>> {
    return inTransaction(this.client, work);
  }

  /** Whether a primary answers within `budgetMs` milliseconds. */
  async ping(budgetMs: number): Promise<void> {
    const signal = AbortSignal.timeout(budgetMs);
    await attempt(() => this.db.command({ ping: 1, maxTimeMS: budgetMs }, { signal }));
  }

  async close(): Promise<void> {
    await Promise.all([this.client.close(), this.#leaseClient.close()]);
  }
}

/**
 * Connects, refuses what is not a replica set, and brings collections, indexes and pepper checks up to date.
 * DeploymentError where this database can never do; DATABASE_UNAVAILABLE where it cannot be reached.
 */
export async function openStore(uri: string, database: string, peppers: readonly Pepper[]): Promise<Store> {
  const client = createClient(uri);
  const store = new Store(client, createClient(uri, LEASE_CONNECTIONS), database);
  try {
    await attempt(async () => {
      requireReplicaSet((await client.db("admin").command({ hello: 1 })) as Hello);
      await store.prepare();
    });
    for (const pepper of peppers) await store.peppers.check(pepper);
  } catch (error) {
    await store.close();
    throw error;
  }
  return store;
}
