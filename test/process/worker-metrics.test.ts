/** The metrics of several workers on one port, as Prometheus reads them. */
import { expect, it, onTestFinished, vi } from "vitest";
import { scrape } from "../metrics/support/scrape.ts";
import { run } from "../server/support/process.ts";
import { createKey } from "../support/keys.ts";
import { testEnvironment } from "../support/service.ts";
import { clientsOf, logged, start, WORKERS, workersOf } from "./support/team.ts";

/** Each test starts several processes: on a busy machine that takes its time. */
vi.setConfig({ testTimeout: 180_000 });
const POLLED = { timeout: 90_000 };

async function startWithMetrics() {
  const { main } = await start({ KEYFAST_METRICS_PORT: "0", KEYFAST_LEASE_MS: "30000" });
  const url = /^ *metrics +(http:\S+)\/metrics$/m.exec(main.output())?.[1];
  const clients = clientsOf(main, 16);
  /** A call by each, so that each worker gets some. */
  const verify = () => Promise.all(clients.map((client) => client.verifyApiKey({ key: "none" })));
  /** The first page that tells of as many workers: on a busy machine one may be late. */
  const read = async (workers = WORKERS) => {
    for (;;) {
      const page = await scrape(url);
      if ((page.of("keyfast_workers")[""] ?? 0) === workers) return page;
    }
  };
  return { main, url, clients, verify, read };
}

const lateIn = ({ of }: Awaited<ReturnType<typeof scrape>>) => of("keyfast_workers_late_total")[""] ?? 0;

const CALLS = "keyfast_calls_total";
const EACH = { "worker=1": 1, "worker=2": 1 };

it("add up calls and Deletes, and tell of each worker's memory and process", async () => {
  const { main, clients, verify, read } = await startWithMetrics();
  await verify();
  const [client] = clients as [(typeof clients)[number]];
  const { keyId } = await createKey(client);
  await client.deleteApiKey({ projectId: "demo", keyId });
  const { of, all } = await read();
  expect(of(CALLS)).toEqual({
    "method=VerifyApiKey,outcome=OK": 16,
    "method=CreateApiKey,outcome=OK": 1,
    "method=DeleteApiKey,outcome=OK": 1,
  });
  expect(of("keyfast_verdicts_total")).toEqual({ "verdict=MALFORMED": 16 });
  expect(of("keyfast_delete_wait_seconds_count")).toEqual({ "": 1 });
  expect(of("keyfast_lease_good")).toEqual(EACH);
  const memory = all.filter(({ name }) => name === "process_resident_memory_bytes");
  expect(memory.map(({ labels }) => labels)).toEqual([{ worker: "1" }, { worker: "2" }]);
  for (const { value } of memory) expect(value).toBeGreaterThan(1e6);
  main.child.kill("SIGTERM");
  expect(await main.exited, main.output()).toEqual({ code: 0, signal: null });
});

it("leave out a worker that does not answer, count that, and keep what it had counted", async () => {
  const { main, verify, read } = await startWithMetrics();
  const [paused] = (await workersOf(main)) as [number];
  await verify();
  const before = await read();
  process.kill(paused, "SIGSTOP");
  onTestFinished(() => void process.kill(paused, "SIGCONT"));
  const meanwhile = await read(WORKERS - 1);
  expect(meanwhile.of(CALLS)).toEqual(before.of(CALLS));
  expect(lateIn(meanwhile)).toBeGreaterThan(lateIn(before));
  expect(Object.keys(meanwhile.of("process_resident_memory_bytes"))).toHaveLength(WORKERS - 1);
  process.kill(paused, "SIGCONT");
  expect((await read()).of(CALLS)).toEqual(before.of(CALLS));
});

it("lose no count when a worker dies, and tell of its replacement under the same number", async () => {
  const { main, verify, read } = await startWithMetrics();
  const [victim] = (await workersOf(main)) as [number];
  await verify();
  const before = await read();
  process.kill(victim, "SIGKILL");
  const replaced = () => logged(main, "the replacement is ready");
  await expect.poll(replaced, POLLED).toHaveLength(1);
  const after = await read();
  expect(after.of(CALLS)).toEqual(before.of(CALLS));
  expect(after.of("keyfast_lease_good")).toEqual(EACH);
});

it("need a port that nobody else has", async () => {
  const { url = "" } = await startWithMetrics();
  const { port } = new URL(url);
  const main = run(process.execPath, ["src/main.ts"], {
    ...testEnvironment({ KEYFAST_WORKERS: `${WORKERS}`, KEYFAST_METRICS_PORT: port }),
  });
  expect(await main.exited, main.output()).toEqual({ code: 2, signal: null });
  expect(main.output()).toContain(`port ${port} of 127.0.0.1 cannot be opened: another program has it`);
});
