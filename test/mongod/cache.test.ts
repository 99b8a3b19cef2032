import { appendFile, mkdir, readdir, readFile, rm, truncate, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { CacheEntry, withCacheLock } from "../../src/mongod/cache.ts";
import { tempFolder } from "./support/temp-folder.ts";

async function filledEntry(): Promise<{ entry: CacheEntry; file: string; cacheDir: string }> {
  const cacheDir = await tempFolder();
  const entry = new CacheEntry(cacheDir, "server-1.0");
  await mkdir(join(cacheDir, "mongod"));
  await entry.fill(async (directory) => {
    await mkdir(join(directory, "bin"));
    await writeFile(join(directory, "bin/server"), "x".repeat(10_000));
    return ["bin/server"];
  });
  return { entry, file: join(entry.directory, "bin/server"), cacheDir };
}

test("an entry is whole once it is filled, and not before", async () => {
  const { entry, cacheDir } = await filledEntry();
  expect(await entry.isWhole()).toBe(true);
  expect(await new CacheEntry(cacheDir, "server-2.0").isWhole()).toBe(false);
});

test("an entry with one changed byte, a cut-off file, a missing file or a broken stamp is not whole", async () => {
  const damages: ((file: string, directory: string) => Promise<void>)[] = [
    async (file) => writeFile(file, `${"x".repeat(9_999)}y`),
    (file) => truncate(file, 9_999),
    (file) => appendFile(file, "x"),
    (file) => rm(file),
    (_, directory) => rm(join(directory, "stamp.json")),
    (_, directory) => truncate(join(directory, "stamp.json"), 20),
  ];
  for (const damage of damages) {
    const { entry, file } = await filledEntry();
    await damage(file, entry.directory);
    expect(await entry.isWhole(), String(damage)).toBe(false);
  }
});

test("an entry whose files only got another time, as in a copied cache, is whole", async () => {
  const { entry, file } = await filledEntry();
  await utimes(file, 1, 1);
  expect(await entry.isWhole()).toBe(true);
});

test("a filling that fails leaves nothing behind, and the old entry in its place", async () => {
  const { entry, file, cacheDir } = await filledEntry();
  const filling = entry.fill(async (directory) => {
    await writeFile(join(directory, "half"), "x");
    throw new Error("cut off");
  });
  await expect(filling).rejects.toThrow("cut off");
  expect(await readFile(file, "utf8")).toHaveLength(10_000);
  expect(await readdir(join(cacheDir, "mongod"))).toEqual(["server-1.0"]);
});

test("a filling takes the place of a damaged entry", async () => {
  const { entry, file } = await filledEntry();
  await truncate(file, 5);
  await entry.fill(async (directory) => {
    await writeFile(join(directory, "server"), "new");
    return ["server"];
  });
  expect(await entry.isWhole()).toBe(true);
  expect(await readdir(entry.directory)).toEqual(["server", "stamp.json"]);
});

test("the cache is filled by one at a time, and what a killed process left half done is swept", async () => {
  const { cacheDir } = await filledEntry();
  await mkdir(join(cacheDir, "mongod", ".partial-left"));
  const events: string[] = [];
  const first = Promise.withResolvers<void>();
  const waits = Promise.withResolvers<void>();
  const entered = Promise.withResolvers<void>();
  const one = withCacheLock(cacheDir, { onWait: () => {} }, async () => {
    events.push("one in");
    entered.resolve();
    await first.promise;
    events.push("one out");
  });
  await entered.promise;
  const two = withCacheLock(cacheDir, { onWait: waits.resolve }, async () => events.push("two in"));
  await waits.promise;
  first.resolve();
  await Promise.all([one, two]);
  expect(events).toEqual(["one in", "one out", "two in"]);
  expect(await readdir(join(cacheDir, "mongod"))).toEqual(["lock", "server-1.0"]);
});

test("who waits for the cache can give up", async () => {
  const cacheDir = await tempFolder();
  const hold = Promise.withResolvers<void>();
  const entered = Promise.withResolvers<void>();
  const holder = withCacheLock(cacheDir, { onWait: () => {} }, () => {
    entered.resolve();
    return hold.promise;
  });
  await entered.promise;
  const controller = new AbortController();
  const waiter = withCacheLock(
    cacheDir,
    { onWait: () => controller.abort(new Error("enough")), signal: controller.signal },
    async () => {},
  );
  await expect(waiter).rejects.toThrow("enough");
  hold.resolve();
  await holder;
});
