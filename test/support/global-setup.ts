/** One replica set of one member for all tests; each file takes a database of its own in it. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestProject } from "vitest/node";
import { findMongod } from "../../src/mongod/binary.ts";
import { defaultCacheDir } from "../../src/mongod/cache-dir.ts";
import { startReplicaSet } from "../../src/mongod/replica-set.ts";

declare module "vitest" {
  interface ProvidedContext {
    mongodbUri: string;
  }
}

export default async function setup(project: TestProject) {
  const progress = (line: string) => process.stderr.write(`${line}\n`);
  const mongod = await findMongod({
    explicit: process.env.KEYFAST_MONGOD,
    cacheDir: defaultCacheDir(),
    progress,
  });
  const directory = await mkdtemp(join(tmpdir(), "keyfast-test-"));
  const set = await startReplicaSet({ mongod, directory, members: 1 });
  project.provide("mongodbUri", set.uri);
  return async () => {
    await set.stop();
    await rm(directory, { recursive: true, force: true });
  };
}
