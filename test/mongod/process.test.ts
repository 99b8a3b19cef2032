import { readFile, stat } from "node:fs/promises";
import { beforeAll, expect, onTestFinished, test } from "vitest";
import type { MongodCommand } from "../../src/mongod/binary.ts";
import { withDirectClient } from "../../src/mongod/initiate.ts";
import { MongodStartError, startMongod, startMongodOnFreePort } from "../../src/mongod/process.ts";
import { until } from "../../src/mongod/until.ts";
import { testMongod } from "./support/mongod.ts";
import { tempFolder } from "./support/temp-folder.ts";

const SETTINGS = { replicaSet: "test", cacheGb: 0.25, oplogMb: 64 };
let mongod: MongodCommand;
beforeAll(async () => {
  mongod = await testMongod();
}, 600_000);

async function start(directory: string, preferredPort?: number) {
  const started = await startMongodOnFreePort(mongod, { ...SETTINGS, directory }, preferredPort);
  onTestFinished(async () => void (await started.stop()));
  return started;
}

test("a mongod whose port is taken by another is an error, not mistaken for the other", async () => {
  const first = await start(await tempFolder());
  const second = startMongod(mongod, { ...SETTINGS, directory: await tempFolder(), port: first.port });
  const error = await second.catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(MongodStartError);
  expect(error).toMatchObject({ portTaken: true });
  expect(String(error)).toContain("Address already in use");
}, 60_000);

test("a mongod whose preferred port is taken gets another", async () => {
  const first = await start(await tempFolder());
  const second = await start(await tempFolder(), first.port);
  expect(second.port).not.toBe(first.port);
  const answer = await withDirectClient(second.port, {}, (client) =>
    client.db("admin").command({ hello: 1 }),
  );
  expect(answer.ok).toBe(1);
}, 60_000);

test("a bad option is told in the error", async () => {
  const options = { ...SETTINGS, directory: await tempFolder(), setParameter: { noSuchParameter: 1 } };
  await expect(startMongodOnFreePort(mongod, options)).rejects.toThrow(/noSuchParameter/);
}, 60_000);

test("a log beyond its limit is put aside once, and mongod goes on in a new one", async () => {
  const started = await start(await tempFolder());
  const before = await readFile(started.logPath, "utf8");
  await started.boundLog(before.length + 1_000_000);
  expect(await stat(`${started.logPath}.1`).catch(() => undefined)).toBeUndefined();
  await started.boundLog(100);
  await until("a new log", () => stat(started.logPath).catch(() => undefined));
  await withDirectClient(started.port, {}, (client) => client.db("admin").command({ ping: 1 }));
  await until("a line in it", async () =>
    (await readFile(started.logPath, "utf8")).includes("Connection accepted"),
  );
  expect(await readFile(`${started.logPath}.1`, "utf8")).toContain(before.slice(0, 100));
}, 60_000);
