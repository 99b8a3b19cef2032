import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { connect, createServer } from "node:net";
import { MongoClient } from "mongodb";
import { beforeAll, describe, expect, onTestFinished, test } from "vitest";
import type { MongodCommand } from "../../src/mongod/binary.ts";
import { withDirectClient } from "../../src/mongod/initiate.ts";
import { type ReplicaSet, type ReplicaSetOptions, startReplicaSet } from "../../src/mongod/replica-set.ts";
import { testMongod } from "./support/mongod.ts";
import { tempFolder } from "./support/temp-folder.ts";

let mongod: MongodCommand;
beforeAll(async () => {
  mongod = await testMongod();
}, 600_000);

async function start(options: Partial<ReplicaSetOptions> & { members: number }): Promise<ReplicaSet> {
  const directory = await tempFolder();
  const set = await startReplicaSet({ mongod, directory, electionTimeoutMillis: 1000, ...options });
  onTestFinished(() => set.stop());
  return set;
}

function connected(set: ReplicaSet): MongoClient {
  const client = new MongoClient(set.uri, { serverSelectionTimeoutMS: 30_000 });
  onTestFinished(() => client.close());
  return client;
}

const MAJORITY = { writeConcern: { w: "majority" } } as const;

describe("a replica set of one", { timeout: 60_000 }, () => {
  test("takes writes at once, and again after a restart", async () => {
    const set = await start({ members: 1 });
    const collection = connected(set).db("test").collection("written");
    await collection.insertOne({ by: "first" }, MAJORITY);
    await set.members[0]?.restart();
    await collection.insertOne({ by: "second" }, MAJORITY);
    expect(await collection.countDocuments()).toBe(2);
  });

  test("has the server parameters that were asked for", async () => {
    const set = await start({ members: 1, setParameter: { enableTestCommands: 1, ttlMonitorSleepSecs: 7 } });
    const admin = connected(set).db("admin");
    expect(await admin.command({ getParameter: 1, ttlMonitorSleepSecs: 1 })).toMatchObject({
      ttlMonitorSleepSecs: 7,
    });
    expect(await admin.command({ configureFailPoint: "failCommand", mode: "off" })).toMatchObject({ ok: 1 });
  });
});

describe("a replica set of three", { timeout: 120_000 }, () => {
  test("keeps what was acknowledged when its primary is killed, and takes it back afterwards", async () => {
    const set = await start({ members: 3 });
    const collection = connected(set).db("test").collection("written");
    await collection.insertOne({ by: "first" }, MAJORITY);
    const former = await set.primary();
    const { pid } = former;
    await former.kill();
    expect(former.running).toBe(false);
    expect((await set.primary()).index).not.toBe(former.index);
    await collection.insertOne({ by: "second" }, MAJORITY);
    await former.restart();
    expect(former.running).toBe(true);
    expect(former.pid).not.toBe(pid);
    await collection.insertOne({ by: "third" }, { writeConcern: { w: 3 } });
    expect((await collection.find().toArray()).map(({ by }) => by)).toEqual(["first", "second", "third"]);
  });

  test("elects another primary while the first is frozen, and stops with a member frozen", async () => {
    const set = await start({ members: 3 });
    const former = await set.primary();
    former.pause();
    const next = await set.primary();
    expect(next.index).not.toBe(former.index);
    former.resume();
    next.pause();
    await set.stop();
    expect(set.members.map(({ running }) => running)).toEqual([false, false, false]);
  });

  test("tells clients and members the address of a proxy, through which everything then goes", async () => {
    const traffic = new Map<number, number>();
    const set = await start({ members: 3, advertise: ({ port }) => startProxy(port, traffic) });
    expect(traffic.size).toBe(3);
    expect(set.members.some(({ host, port }) => host.endsWith(`:${port}`))).toBe(false);
    await connected(set).db("test").collection("written").insertOne({ by: "client" }, MAJORITY);
    const config = await withDirectClient((await set.primary()).port, {}, (client) =>
      client.db("admin").command({ replSetGetConfig: 1 }),
    );
    expect(config.config.members.map(({ host }: { host: string }) => host)).toEqual(
      set.members.map(({ host }) => host),
    );
    expect(config.config.settings.electionTimeoutMillis).toBe(1000);
    for (const { port } of set.members) expect(traffic.get(port)).toBeGreaterThan(0);
  });
});

/** Passes on TCP connections to `port`, and counts them. */
async function startProxy(port: number, traffic: Map<number, number>): Promise<string> {
  traffic.set(port, 0);
  const server = createServer((near) => {
    traffic.set(port, (traffic.get(port) ?? 0) + 1);
    const far = connect(port, "127.0.0.1");
    near.pipe(far).pipe(near);
    near.on("error", () => far.destroy());
    far.on("error", () => near.destroy());
  }).listen(0, "127.0.0.1");
  onTestFinished(() => void server.close());
  await once(server, "listening");
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}
