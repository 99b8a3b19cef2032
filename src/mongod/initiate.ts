import { setTimeout as delay } from "node:timers/promises";
import { type Document, MongoClient, type MongoClientOptions } from "mongodb";

const PRIMARY_LIMIT_MS = 60_000;
const POLL_MS = 25;

export interface ReplicaSetConfig {
  readonly name: string;
  /** What clients and the other members are told to connect to, as `host:port`; in the order of the members. */
  readonly hosts: readonly string[];
  /** How long members do without a primary before they elect another, in milliseconds. */
  readonly electionTimeoutMillis: number;
}

/** Connects to one mongod alone, whatever it is a member of; closes the connection after `work`. */
export async function withDirectClient<T>(
  port: number,
  options: MongoClientOptions,
  work: (client: MongoClient) => Promise<T>,
): Promise<T> {
  const client = new MongoClient(`mongodb://127.0.0.1:${port}/`, {
    directConnection: true,
    serverSelectionTimeoutMS: 10_000,
    connectTimeoutMS: 10_000,
    ...options,
  });
  try {
    return await work(await client.connect());
  } finally {
    await client.close();
  }
}

/** Makes running members into a replica set; `client` is connected to the first of them. */
export async function initiate(client: MongoClient, config: ReplicaSetConfig): Promise<void> {
  await client.db("admin").command({ replSetInitiate: configDocument(config) });
}

/** Waits until the member that `client` is connected to is primary. */
export async function untilPrimary(client: MongoClient): Promise<void> {
  const deadline = performance.now() + PRIMARY_LIMIT_MS;
  while ((await client.db("admin").command({ hello: 1 })).isWritablePrimary !== true) {
    if (performance.now() > deadline) throw new Error(`no primary in ${PRIMARY_LIMIT_MS / 1000} seconds`);
    await delay(POLL_MS);
  }
}

function configDocument(config: ReplicaSetConfig): Document {
  return {
    _id: config.name,
    members: config.hosts.map((host, _id) => ({ _id, host })),
    settings: {
      electionTimeoutMillis: config.electionTimeoutMillis,
      heartbeatIntervalMillis: Math.max(100, Math.floor(config.electionTimeoutMillis / 5)),
    },
  };
}
