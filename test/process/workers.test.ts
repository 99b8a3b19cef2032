/** Several workers on the same ports, as their users run them. */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { ConnectError, createClient } from "@connectrpc/connect";
import { createGrpcTransport } from "@connectrpc/connect-node";
import { MongoClient } from "mongodb";
import { expect, inject, it, onTestFinished } from "vitest";
import { Verdict } from "../../gen/keyfast/v1/api_key_pb.ts";
import { ApiKeyService } from "../../gen/keyfast/v1/api_key_service_pb.ts";
import { ConsoleClient } from "../console/support/client.ts";
import { type Ready, run, startMain, untilReady } from "../server/support/process.ts";
import { createKey } from "../support/keys.ts";
import { bearer, newDatabase, OPERATOR_TOKEN, testEnvironment } from "../support/service.ts";

const WORKERS = 2;

async function start(overrides: Record<string, string> = {}) {
  const database = newDatabase();
  const settings = testEnvironment({ KEYFAST_MONGODB_DATABASE: database, KEYFAST_WORKERS: `${WORKERS}` });
  const main = await untilReady(startMain({ ...settings, ...overrides }));
  const mongo = new MongoClient(inject("mongodbUri"));
  onTestFinished(async () => {
    await mongo.db(database).dropDatabase();
    await mongo.close();
  });
  return { main, leases: () => mongo.db(database).collection("leases").countDocuments() };
}

/** The workers of a main process, by their ids. */
async function workersOf({ child }: Ready): Promise<number[]> {
  const { stdout } = await promisify(execFile)("ps", ["-eo", "pid=,ppid=,args="]);
  return stdout
    .split("\n")
    .map((line) => /^ *(\d+) +(\d+) .*workers\/worker\.ts/.exec(line))
    .filter((match) => Number(match?.[2]) === child.pid)
    .map((match) => Number(match?.[1]));
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** Each on a connection of its own, so that each worker gets some. */
const clientsOf = ({ grpcUrl }: Ready, count: number) =>
  Array.from({ length: count }, () =>
    createClient(
      ApiKeyService,
      createGrpcTransport({ baseUrl: grpcUrl, interceptors: [bearer(OPERATOR_TOKEN)] }),
    ),
  );

/** Tries until it works; the test's own time limit ends it. */
async function untilResolved<T>(work: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof ConnectError)) throw error;
    }
  }
}

it("serve the same ports, each a replica, and a deleted key is dead in all of them", async () => {
  const { main, leases } = await start();
  expect(await workersOf(main)).toHaveLength(WORKERS);
  expect(await leases()).toBe(WORKERS);
  const clients = clientsOf(main, 8);
  const [first] = clients as [(typeof clients)[number]];
  const { key, keyId } = await createKey(first);
  const verdicts = () =>
    Promise.all(clients.map(async (client) => (await client.verifyApiKey({ key })).verdict));
  expect(new Set(await verdicts())).toEqual(new Set([Verdict.VALID]));
  const { receipt } = await first.deleteApiKey({ projectId: "demo", keyId });
  expect(receipt).toMatchObject({ replicasAcknowledged: WORKERS, replicasFenced: 0 });
  expect(new Set(await verdicts())).toEqual(new Set([Verdict.NOT_FOUND]));
  main.child.kill("SIGTERM");
  expect(await main.exited, main.output()).toEqual({ code: 0, signal: null });
  expect(await leases()).toBe(0);
});

it("serve the console, and each knows a session that was begun at another", async () => {
  const { main } = await start();
  const client = new ConsoleClient(main.httpUrl);
  // Each request has a connection of its own, so that each worker gets some.
  const many = <T>(ask: () => Promise<T>) => Promise.all(Array.from({ length: 8 }, ask));
  for (const { status, text } of await many(() => client.get("/"))) {
    expect([status, text]).toEqual([200, expect.stringContaining("<title>API keys · Keyfast</title>")]);
  }
  expect((await client.signIn("demo", OPERATOR_TOKEN)).status).toBe(200);
  for (const answer of await many(() => client.session())) {
    expect(answer.json()).toMatchObject({ signedIn: true, caller: "operator", projectId: "demo" });
  }
  for (const { status } of await many(() => client.list("demo"))) expect(status).toBe(200);
});

it("one that is killed is replaced, while the others go on, and a Delete waits its lease out", async () => {
  const { main, leases } = await start();
  const [victim, other] = (await workersOf(main)) as [number, number];
  const [client] = clientsOf(main, 1) as [ReturnType<typeof clientsOf>[number]];
  const { keyId } = await createKey(client);
  process.kill(victim, "SIGKILL");
  // Until the system has taken its port away, a connection may still be given to the one that is gone.
  const connected = async () => {
    const [again] = clientsOf(main, 1) as [ReturnType<typeof clientsOf>[number]];
    await again.verifyApiKey({ key: "none" });
    return again;
  };
  const again = await untilResolved(connected);
  const { receipt } = await again.deleteApiKey({ projectId: "demo", keyId });
  expect(receipt?.replicasFenced).toBe(1);
  await expect.poll(() => main.output(), { timeout: 30_000 }).toContain("the replacement is ready");
  const workers = await workersOf(main);
  expect(workers).toHaveLength(WORKERS);
  expect(workers).toContain(other);
  expect(workers).not.toContain(victim);
  expect(await leases()).toBe(WORKERS);
});

it("all end with their main process, also where that one is killed", async () => {
  const { main } = await start();
  const workers = await workersOf(main);
  main.child.kill("SIGKILL");
  await main.exited;
  await expect.poll(() => workers.filter(isAlive), { timeout: 30_000 }).toEqual([]);
});

it("do not share one port between their two doors, however it is named", async () => {
  const free = await start();
  free.main.child.kill("SIGTERM");
  await free.main.exited;
  const { port } = new URL(free.main.grpcUrl);
  const main = run(process.execPath, ["src/main.ts"], {
    ...testEnvironment({ KEYFAST_WORKERS: `${WORKERS}` }),
    KEYFAST_HTTP_HOST: "localhost",
    KEYFAST_HTTP_PORT: port,
    KEYFAST_GRPC_PORT: port,
  });
  expect(await main.exited, main.output()).toEqual({ code: 2, signal: null });
});

it("that cannot start are told once, with the exit code of one process, and none stays", async () => {
  const settings = testEnvironment({ KEYFAST_WORKERS: `${WORKERS}` });
  const taken = await start();
  const main = run(process.execPath, ["src/main.ts"], {
    ...settings,
    KEYFAST_GRPC_PORT: new URL(taken.main.grpcUrl).port,
  });
  expect(await main.exited, main.output()).toEqual({ code: 2, signal: null });
  expect(main.output().match(/cannot be opened: another program has it/g)).toHaveLength(1);
});
