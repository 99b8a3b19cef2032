/** The one MongoDB that all contenders use: a replica set of one member. */
import { findMongod } from "../../src/mongod/binary.ts";
import { defaultCacheDir } from "../../src/mongod/cache-dir.ts";
import { startReplicaSet } from "../../src/mongod/replica-set.ts";
import { pinned } from "./cpus.ts";

/** In GB. Enough for the indexes that a million keys are searched by to be mostly in memory. */
const CACHE_GB = 2;
const OPLOG_MB = 990;

export interface Database {
  readonly uri: string;
  readonly pid: number;
  readonly version: string;
  stop(): Promise<void>;
}

/** `KEYFAST_MONGOD` names the binary where another one than the service would find is wanted. */
export async function startDatabase(
  directory: string,
  cpus: string,
  say: (line: string) => void,
): Promise<Database> {
  const explicit = process.env.KEYFAST_MONGOD;
  const mongod = await findMongod({ explicit, cacheDir: defaultCacheDir(), progress: say });
  const set = await startReplicaSet({
    mongod: { ...mongod, ...pinned(cpus, mongod.command, mongod.args) },
    directory,
    members: 1,
    cacheGb: CACHE_GB,
    oplogMb: OPLOG_MB,
  });
  const { pid } = await set.primary();
  return { uri: set.uri, pid, version: mongod.version, stop: () => set.stop() };
}
