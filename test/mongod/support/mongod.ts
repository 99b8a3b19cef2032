import { findMongod, type MongodCommand } from "../../../src/mongod/binary.ts";
import { defaultCacheDir } from "../../../src/mongod/cache-dir.ts";

/** The mongod that the tests run with. */
export function testMongod(): Promise<MongodCommand> {
  return findMongod({
    explicit: process.env.KEYFAST_MONGOD,
    cacheDir: defaultCacheDir(),
    progress: (line) => console.log(line),
  });
}
