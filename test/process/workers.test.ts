/** Several workers on the same ports, as their users run them. */
import { ConnectError } from "@connectrpc/connect";
import { Http2SessionManager } from "@connectrpc/connect-node";
import { expect, it, vi } from "vitest";
import { Verdict } from "../../gen/keyfast/v1/api_key_pb.ts";
import { ConsoleClient } from "../console/support/client.ts";
import { run, startMain } from "../server/support/process.ts";
import { createKey } from "../support/keys.ts";
import { OPERATOR_TOKEN, testEnvironment } from "../support/service.ts";
import { countConnections } from "./support/connections.ts";
import { clientOf, clientsOf, logged, start, WORKERS, workersOf } from "./support/team.ts";

/** Each test starts several processes: on a busy machine that takes its time. */
vi.setConfig({ testTimeout: 180_000 });
const REPLACED = { timeout: 90_000 };

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

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
  await expect.poll(() => main.output(), REPLACED).toContain("the replacement is ready");
  const workers = await workersOf(main);
  expect(workers).toHaveLength(WORKERS);
  expect(workers).toContain(other);
  expect(workers).not.toContain(victim);
  expect(await leases()).toBe(WORKERS);
});

it("one that dies again and again is replaced after a longer pause each time, and the other goes on", async () => {
  const { main } = await start();
  const [first, other] = (await workersOf(main)) as [number, number];
  const replacements = () => logged(main, "the replacement is ready").map(({ pid }) => pid as number);
  for (let deaths = 1; deaths <= 2; deaths++) {
    process.kill(replacements().at(-1) ?? first, "SIGKILL");
    await expect.poll(() => replacements().length, REPLACED).toBe(deaths);
  }
  const ends = logged(main, "a worker has ended, and is replaced");
  expect(ends.map(({ pauseMs }) => pauseMs)).toEqual([100, 200]);
  expect(await workersOf(main)).toEqual([other, replacements().at(-1)]);
});

/** Of so many connections: a fair coin leaves one side with less of 64 once in three million times. */
const fairShare = (connections: number) => (connections * 3) / 16;

it("each get a fair share of the connections, and answer on them", async () => {
  const { main } = await start();
  const workers = await workersOf(main);
  const clients = clientsOf(main, 64);
  const answers = await Promise.all(clients.map((client) => client.verifyApiKey({ key: "none" })));
  expect(new Set(answers.map(({ verdict }) => verdict))).toEqual(new Set([Verdict.MALFORMED]));
  const counts = await Promise.all(workers.map((pid) => countConnections(main.grpcUrl, pid)));
  expect(counts.reduce((sum, count) => sum + count)).toBe(clients.length);
  expect(Math.min(...counts)).toBeGreaterThanOrEqual(fairShare(clients.length));
});

it("share clients that one of them had all of, once their connections are old", async () => {
  const { main } = await start({ KEYFAST_CONNECTION_AGE_MS: "8000" });
  const [first, second] = (await workersOf(main)) as [number, number];
  const atFirst = () => countConnections(main.grpcUrl, first);
  const atSecond = () => countConnections(main.grpcUrl, second);
  const clients: ReturnType<typeof clientOf>[] = [];
  while (clients.length < 32) {
    const connection = new Http2SessionManager(main.grpcUrl);
    const client = clientOf(main, connection);
    await client.verifyApiKey({ key: "none" });
    if ((await atFirst()) > clients.length) clients.push(client);
    else connection.abort();
  }
  await expect.poll(atSecond).toBe(0);
  expect(await atFirst()).toBe(clients.length);
  const least = async () => {
    await Promise.all(clients.map((client) => client.verifyApiKey({ key: "none" })));
    return Math.min(await atFirst(), await atSecond());
  };
  await expect.poll(least, { timeout: 60_000 }).toBeGreaterThanOrEqual(fairShare(clients.length));
});

it.each(Array.from({ length: WORKERS }, (_, i) => i + 1))(
  "stop with 0 where all processes are asked to while worker %d starts",
  async (count) => {
    const settings = testEnvironment({ KEYFAST_WORKERS: `${WORKERS}` });
    const main = startMain(settings, { detached: true });
    await expect.poll(() => workersOf(main), { timeout: 30_000, interval: 1 }).toHaveLength(count);
    process.kill(-(main.child.pid as number), "SIGTERM");
    expect(await main.exited, main.output()).toEqual({ code: 0, signal: null });
    expect(main.output()).not.toContain("Keyfast is ready");
  },
);

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
