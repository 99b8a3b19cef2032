import { type Db, type Document, MongoClient, type MongoClientOptions, MongoServerError } from "mongodb";
import { until } from "./until.ts";

const NOT_YET_INITIALIZED = 94;

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
  await until("the local replica set has a primary", async () => {
    const hello = await client.db("admin").command({ hello: 1 });
    return hello.isWritablePrimary === true ? hello : undefined;
  });
}

function configDocument(config: ReplicaSetConfig): Document {
  return {
    _id: config.name,
    members: config.hosts.map((host, _id) => ({ _id, host })),
    settings: {
      electionTimeoutMillis: config.electionTimeoutMillis,
      heartbeatTimeoutSecs: Math.ceil(config.electionTimeoutMillis / 1000),
      heartbeatIntervalMillis: Math.max(100, Math.floor(config.electionTimeoutMillis / 5)),
    },
  };
}

/**
 * Gives the only member of a set, to which `client` is connected, its new `host`. By force, since a member that does
 * not find itself in the configuration takes no other change.
 */
export async function moveOnlyMember(client: MongoClient, host: string): Promise<void> {
  const admin = client.db("admin");
  const { config } = await until("the local replica set has its configuration", () => loadedConfig(admin));
  const [member] = config.members;
  const replSetReconfig = { ...config, version: config.version + 1, members: [{ ...member, host }] };
  await admin.command({ replSetReconfig, force: true });
}

/** Undefined while a mongod that has just started still reads its configuration. */
async function loadedConfig(admin: Db): Promise<Document | undefined> {
  try {
    return await admin.command({ replSetGetConfig: 1 });
  } catch (error) {
    if (error instanceof MongoServerError && error.code === NOT_YET_INITIALIZED) return undefined;
    throw error;
  }
}
