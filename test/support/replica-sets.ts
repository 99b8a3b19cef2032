/** Replica sets of a test's own, to be hurt without hurting other tests. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Document, MongoClient } from "mongodb";
import { expect } from "vitest";
import { findMongod } from "../../src/mongod/binary.ts";
import { defaultCacheDir } from "../../src/mongod/cache-dir.ts";
import { type ReplicaSet, startReplicaSet } from "../../src/mongod/replica-set.ts";

export interface OwnReplicaSet extends ReplicaSet {
  /** Stops all members and removes their data. */
  remove(): Promise<void>;
}

/** With MongoDB's own test commands, such as fail points, turned on. */
export async function ownReplicaSet(members: number): Promise<OwnReplicaSet> {
  const mongod = await findMongod({
    explicit: process.env.KEYFAST_MONGOD,
    cacheDir: defaultCacheDir(),
    progress: (line) => process.stderr.write(`${line}\n`),
  });
  const directory = await mkdtemp(join(tmpdir(), "keyfast-test-set-"));
  const set = await startReplicaSet({
    mongod,
    directory,
    members,
    setParameter: { enableTestCommands: true },
  });
  const remove = async () => {
    await set.stop();
    await rm(directory, { recursive: true, force: true });
  };
  return { ...set, remove };
}

/** What MongoDB is made to do to commands: see its documentation of `failCommand`. */
export interface CommandFault {
  readonly failCommands: readonly string[];
  /** `database.collection`; without it, commands on any. */
  readonly namespace?: string;
  readonly errorCode?: number;
  readonly closeConnection?: boolean;
  readonly blockConnection?: boolean;
  readonly blockTimeMS?: number;
  readonly writeConcernError?: Document;
}

/** Makes commands fail on a set of one member while `work` runs: as many `times`, or all of them. */
export async function withFault<T>(
  uri: string,
  fault: CommandFault,
  times: number | "always",
  work: () => Promise<T>,
): Promise<T> {
  const client = new MongoClient(uri);
  const admin = client.db("admin");
  const configure = (mode: Document | string, data?: CommandFault) =>
    admin.command({ configureFailPoint: "failCommand", mode, ...(data && { data }) });
  try {
    const before = await configure(times === "always" ? "alwaysOn" : { times }, fault);
    try {
      return await work();
    } finally {
      const after = await configure("off");
      // A fault that met nothing has shown nothing.
      expect(after.count, "commands that the fault met").toBeGreaterThan(before.count);
    }
  } finally {
    await client.close();
  }
}
