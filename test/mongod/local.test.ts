import { once } from "node:events";
import { chmod, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import fc from "fast-check";
import { MongoClient } from "mongodb";
import { beforeAll, describe, expect, onTestFinished, test } from "vitest";
import type { MongodCommand } from "../../src/mongod/binary.ts";
import { FolderInUseError, type LocalMongod, startLocalMongod } from "../../src/mongod/local.ts";
import { MongodStartError } from "../../src/mongod/process.ts";
import { until } from "../../src/mongod/until.ts";
import { TestChild } from "./support/child.ts";
import { writeFakeMongod } from "./support/fake-mongod.ts";
import { testMongod } from "./support/mongod.ts";
import { tempFolder } from "./support/temp-folder.ts";

let mongod: MongodCommand;
beforeAll(async () => {
  mongod = await testMongod();
}, 600_000);

const told: string[] = [];

async function start(dataDir: string): Promise<LocalMongod> {
  told.length = 0;
  const local = await startLocalMongod({ mongod, dataDir, log: (line) => told.push(line) });
  onTestFinished(() => local.stop());
  return local;
}

async function withDatabase<T>(uri: string, work: (client: MongoClient) => Promise<T>): Promise<T> {
  const client = new MongoClient(uri, { serverSelectionTimeoutMS: 5000 });
  try {
    return await work(client);
  } finally {
    await client.close();
  }
}

const write = (uri: string, by: string) =>
  withDatabase(uri, (client) => client.db("test").collection("written").insertOne({ by }));

const readAll = (uri: string) =>
  withDatabase(uri, async (client) =>
    (await client.db("test").collection("written").find().sort({ _id: 1 }).toArray()).map(({ by }) => by),
  );

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

const modeOf = async (path: string) => (await stat(path)).mode & 0o777;

describe("the local database", { timeout: 120_000 }, () => {
  test("is a replica set with transactions and change streams", async () => {
    const { uri } = await start(await tempFolder());
    await withDatabase(uri, async (client) => {
      const collection = client.db("test").collection<{ _id: number }>("kept");
      const stream = collection.watch();
      expect(await stream.tryNext()).toBeNull();
      await client.withSession((session) =>
        session.withTransaction(async () => void (await collection.insertOne({ _id: 1 }, { session }))),
      );
      expect(await stream.next()).toMatchObject({ operationType: "insert", documentKey: { _id: 1 } });
      await stream.close();
    });
  });

  test("stopped, started, killed and started again, it has kept its data, port and credentials", async () => {
    const dataDir = await tempFolder();
    const first = await start(dataDir);
    await write(first.uri, "first");
    await first.stop();
    expect(await first.exited).toEqual({ code: 0, signal: null, requested: true });

    const second = await start(dataDir);
    expect(second.uri).toBe(first.uri);
    await write(second.uri, "second");
    process.kill(second.pid, "SIGKILL");
    expect(await second.exited).toEqual({ code: null, signal: "SIGKILL", requested: false });
    await second.stop();

    const third = await start(dataDir);
    expect(third.uri).toBe(first.uri);
    expect(await readAll(third.uri)).toEqual(["first", "second"]);
  });

  test("lets nobody in without the credentials", async () => {
    const { uri, port } = await start(await tempFolder());
    await write(uri, "owner");
    for (const stranger of [
      `mongodb://127.0.0.1:${port}/?directConnection=true`,
      uri.replace(/:[^:@]*@/, ":guessed@"),
    ]) {
      await expect(readAll(stranger)).rejects.toThrow(/auth/i);
      await expect(write(stranger, "stranger")).rejects.toThrow(/auth/i);
    }
    expect(await readAll(uri)).toEqual(["owner"]);
  });

  test("keeps its folder to its owner, and its password out of what it tells, logs and is started with", async () => {
    const dataDir = join(await tempFolder(), "new", "keyfast");
    const { uri, logPath, pid } = await start(dataDir);
    const password = new URL(uri).password;
    expect(password.length).toBeGreaterThanOrEqual(43);
    expect(await modeOf(dataDir)).toBe(0o700);
    expect(await modeOf(join(dataDir, "mongodb"))).toBe(0o700);
    for (const name of ["settings.json", "keyfile"]) {
      expect(await modeOf(join(dataDir, "mongodb", name)), name).toBe(0o600);
    }
    expect(await readFile(join(dataDir, "mongodb", "settings.json"), "utf8")).toContain(password);
    expect(await readFile(logPath, "utf8")).not.toContain(password);
    expect(told.join("\n")).not.toContain(password);
    if (process.platform === "linux") {
      expect(await readFile(`/proc/${pid}/cmdline`, "utf8")).not.toContain(password);
    }
  });

  test("leaves the mode of a folder alone that holds other things, and keeps to itself in it", async () => {
    const dataDir = await tempFolder();
    await writeFile(join(dataDir, "letter.txt"), "somebody's");
    await chmod(dataDir, 0o755);
    await (await start(dataDir)).stop();
    expect(await modeOf(dataDir)).toBe(0o755);
    expect(await modeOf(join(dataDir, "mongodb"))).toBe(0o700);
  });

  test("moves to another port with its data where its own is taken", async () => {
    const dataDir = await tempFolder();
    const first = await start(dataDir);
    await write(first.uri, "first");
    await first.stop();
    const other = createServer((socket) => socket.destroy()).listen(first.port, "127.0.0.1");
    onTestFinished(() => void other.close());
    await once(other, "listening");

    const second = await start(dataDir);
    expect(second.port).not.toBe(first.port);
    expect(told).toContainEqual(expect.stringContaining(`Port ${first.port} is taken`));
    expect(await readAll(second.uri)).toEqual(["first"]);
    await second.stop();
    expect((await start(dataDir)).port).toBe(second.port);
  });

  test("begins again where the first start was cut off", async () => {
    const dataDir = await tempFolder();
    const first = await start(dataDir);
    await first.stop();
    const file = join(dataDir, "mongodb", "settings.json");
    const settings = JSON.parse(await readFile(file, "utf8"));
    await writeFile(file, JSON.stringify({ ...settings, ready: false }));
    const second = await start(dataDir);
    expect(second.uri).not.toBe(first.uri);
    await write(second.uri, "second");
    expect(await readAll(second.uri)).toEqual(["second"]);
  });

  test("is not thrown away where its credentials are gone or unreadable", async () => {
    const dataDir = await tempFolder();
    await (await start(dataDir)).stop();
    const file = join(dataDir, "mongodb", "settings.json");
    await writeFile(file, '{"password": "half of i');
    await expect(start(dataDir)).rejects.toThrow(/cannot be read as the settings/);
    await expect(start(dataDir)).rejects.not.toThrow(/half of i/);
    await rm(file);
    await expect(start(dataDir)).rejects.toThrow(/its credentials .* are gone/);
    expect(await readdir(join(dataDir, "mongodb", "data"))).toContain("WiredTiger");
  });
});

describe("two on one folder", { timeout: 120_000 }, () => {
  test("the second is refused with the process and the folder, and the first goes on", async () => {
    const dataDir = await tempFolder();
    const first = await start(dataDir);
    const refused = await start(dataDir).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(FolderInUseError);
    expect(refused).toMatchObject({ folder: dataDir, pid: process.pid });
    expect(String(refused)).toContain("KEYFAST_DATA_DIR");
    await write(first.uri, "first");
    expect(await readAll(first.uri)).toEqual(["first"]);
  });

  test("the second is refused while the first is another process, and let in when that is killed", async () => {
    const dataDir = await tempFolder();
    const child = new TestChild("keyfast-stand-in.ts", [dataDir]);
    const { pid } = JSON.parse(await child.line(/pid/));
    await expect(start(dataDir)).rejects.toMatchObject({ name: "FolderInUseError", pid: child.process.pid });

    child.process.kill("SIGKILL");
    await child.ended;
    expect(isAlive(pid)).toBe(true);
    const local = await start(dataDir);
    await until("the process is gone", async () => !isAlive(pid) || undefined);
    expect(told[0]).toBe(`Stopping the MongoDB (process ${pid}) that an earlier run left behind`);
    expect(await readAll(local.uri)).toEqual(["start"]);
  });

  test("a database that was left behind frozen is stopped too", async () => {
    const dataDir = await tempFolder();
    const child = new TestChild("keyfast-stand-in.ts", [dataDir]);
    const { pid } = JSON.parse(await child.line(/pid/));
    child.process.kill("SIGKILL");
    await child.ended;
    process.kill(pid, "SIGSTOP");
    expect(await readAll((await start(dataDir)).uri)).toEqual(["start"]);
  });

  test("a database on another folder is left alone", async () => {
    const neighbour = await start(await tempFolder());
    await start(await tempFolder());
    expect(told).toHaveLength(1);
    await write(neighbour.uri, "neighbour");
    expect(await readAll(neighbour.uri)).toEqual(["neighbour"]);
  });
});

test("killed at any moment, the database has kept all that it acknowledged", async () => {
  const seed = Math.floor(Math.random() * 2 ** 32);
  console.log(`seed ${seed}`);
  const moments = fc.sample(fc.integer({ min: 100, max: 2000 }), { seed, numRuns: 6 });
  const dataDir = await tempFolder();
  let acknowledged = 0;
  for (const moment of moments) {
    const child = new TestChild("keyfast-stand-in.ts", [dataDir]);
    await Promise.race([delay(moment), child.ended]);
    child.process.kill("SIGKILL");
    expect(await child.ended).toBe("SIGKILL");
    acknowledged += child.lines.filter((line) => line.includes("pid")).length;
  }
  expect((await readAll((await start(dataDir)).uri)).length).toBeGreaterThanOrEqual(acknowledged);
}, 120_000);

describe("the end of the service", { timeout: 120_000 }, () => {
  test("by Ctrl-C leaves the database up until the service has drained, and then stops it", async () => {
    const dataDir = await tempFolder();
    const child = new TestChild("keyfast-stand-in.ts", [dataDir]);
    const { pid } = JSON.parse(await child.line(/pid/));
    child.interruptGroup();
    await child.line(/^drained$/);
    expect(await child.ended).toBe(0);
    expect(isAlive(pid)).toBe(false);
    expect(await readAll((await start(dataDir)).uri)).toEqual(["start", "drain"]);
  });

  test("without a stop takes the database with it", async () => {
    const dataDir = await tempFolder();
    const child = new TestChild("keyfast-stand-in.ts", [dataDir, "exit"]);
    const { pid } = JSON.parse(await child.line(/pid/));
    expect(await child.ended).toBe(0);
    await until("mongod has ended", async () => !isAlive(pid) || undefined);
  });
});

describe("a database that does not start", { timeout: 120_000 }, () => {
  test("is an error with the last words of its log, and leaves the folder free", async () => {
    const dataDir = await tempFolder();
    await (await start(dataDir)).stop();
    const journal = join(dataDir, "mongodb", "data", "WiredTiger.turtle");
    const turtle = await readFile(journal);
    await writeFile(journal, "nonsense");
    const failed = await start(dataDir).catch((error: unknown) => error);
    expect(failed).toBeInstanceOf(MongodStartError);
    expect(String(failed)).toContain("mongod.log");
    expect(String(failed)).toContain("WiredTiger");
    await writeFile(journal, turtle);
    await start(dataDir);
  });

  test("says what the binary said where that does not run at all", async () => {
    const folder = await tempFolder();
    const command = join(folder, "mongod");
    await writeFakeMongod(command, "8.0.0");
    const broken: MongodCommand = { command, args: [], version: "8.0.0", source: "a test" };
    const starting = startLocalMongod({ mongod: broken, dataDir: join(folder, "data"), log: () => {} });
    await expect(starting).rejects.toThrow(/mongod ended with exit code 0.*db version v8.0.0/s);
  });
});
