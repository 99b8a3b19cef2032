import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { grpcFrame, readCalls, writeCalls } from "../../bench/harness/calls-file.ts";
import { selfTime } from "../../bench/harness/cpu-profile.ts";
import { shareOut } from "../../bench/harness/cpus.ts";
import { disturbance } from "../../bench/harness/disturbance.ts";
import { countedCalls, keysInMemory, requireCounted } from "../../bench/harness/metrics.ts";
import { disturbed } from "../../bench/harness/part.ts";
import {
  familyCpuSeconds,
  parseEndedChildrenCpu,
  parseMachineTime,
  parseProcessCpu,
  parseResident,
} from "../../bench/harness/proc.ts";
import { expose } from "../../src/metrics/exposition.ts";

it("a process's processor time is read behind its name, whatever that is", () => {
  expect(parseProcessCpu("7 (a) b (c)) S 1 7 7 0 -1 0 0 0 0 0 250 50 0 0 20 0")).toBe(3);
});

it("what ended children used is read beside that", () => {
  expect(parseEndedChildrenCpu("7 (a) b (c)) S 1 7 7 0 -1 0 0 0 0 0 250 50 300 100 20 0")).toBe(4);
});

it("what a process used stays counted when a child of it has ended", () => {
  const before = familyCpuSeconds(process.pid);
  execFileSync(process.execPath, ["-e", "while (process.cpuUsage().user < 200_000);"]);
  expect(familyCpuSeconds(process.pid) - before).toBeGreaterThanOrEqual(0.15);
});

it("what neither idled nor was stolen nor ours is of other programs", () => {
  const from = { total: 10, idle: 5, steal: 1 };
  const to = { total: 20, idle: 9, steal: 2 };
  expect(disturbance(from, to, 3)).toEqual({ steal: 0.1, foreign: 0.2 });
  expect(disturbance(from, to, 6)).toEqual({ steal: 0.1, foreign: 0 });
  expect(disturbance(from, from, 0)).toEqual({ steal: 0, foreign: 0 });
});

it("disturbances of a part are told of each of its runs, and noted where they are large", () => {
  const repeat = (steal: number, foreign: number) => new Map([["a", { steal, foreign, more: 1 }]]);
  const disturbances = [
    { steal: 0.12, foreign: 0 },
    { steal: 0, foreign: 0.06 },
  ];
  expect(disturbed([repeat(0.12, 0), repeat(0, 0.06)], 0.1)).toEqual({
    disturbances,
    notes: [
      "other programs used up to 6 % of the machine",
      "the host took up to 12 % of the time, also when repeated",
    ],
  });
  expect(disturbed([repeat(0.1, 0.05)], 0.1).notes).toEqual([]);
});

it("the machine's time tells what the host took", () => {
  const time = parseMachineTime("cpu  100 0 100 600 100 0 0 100 50 0\ncpu0 1 2 3\n");
  expect(time).toEqual({ total: 10, idle: 7, steal: 1 });
});

it("resident memory is read in bytes, and its absence is no zero", () => {
  expect(parseResident("Name:\tx\nVmRSS:\t    12 kB\n")).toBe(12_288);
  expect(() => parseResident("Name:\tx\n")).toThrow("no resident memory");
});

it("server and load never share a processor", () => {
  expect(shareOut(2)).toEqual({ server: "0", load: "1", database: "1", all: "0-1" });
  expect(shareOut(8)).toEqual({ server: "0", load: "1", database: "2-7", all: "0-7" });
  expect(() => shareOut(1)).toThrow("two processors");
});

it("calls are read as they were written", async () => {
  const folder = await mkdtemp(join(tmpdir(), "keyfast-calls-"));
  try {
    const calls = [
      { body: grpcFrame(Buffer.from("question")), answer: { exactly: Buffer.from("answer") } },
      { body: Buffer.alloc(0), answer: { contains: Buffer.from("piece") } },
    ];
    await writeCalls(join(folder, "calls"), 2, calls);
    expect([...readCalls(await readFile(join(folder, "calls")))]).toEqual(calls);
    await expect(writeCalls(join(folder, "calls"), 3, calls)).rejects.toThrow("3 calls were promised");
  } finally {
    await rm(folder, { recursive: true });
  }
});

it("a profile tells self time inside the window, without idling", () => {
  const frame = (functionName: string) => ({ functionName, url: "" });
  const profile = {
    nodes: [
      { id: 1, callFrame: frame("work") },
      { id: 2, callFrame: frame("(idle)") },
      { id: 3, callFrame: frame("more") },
    ],
    startTime: 100,
    samples: [1, 2, 3, 3, 1],
    timeDeltas: [10, 10, 10, 10, 100],
  };
  const shares = selfTime(profile, { from: 105, to: 200 }, ({ functionName }) => functionName);
  expect(shares).toEqual([
    ["more", 20],
    ["work", 10],
  ]);
});

it("the metrics count calls of one method by all their outcomes", async () => {
  const text = await expose([
    {
      name: "keyfast_calls_total",
      help: "Calls.",
      type: "counter",
      values: [
        { labels: { method: "VerifyApiKey", outcome: "OK" }, value: 99_990 },
        { labels: { method: "VerifyApiKey", outcome: "OVERLOADED" }, value: 10 },
        { labels: { method: "ListApiKeys", outcome: "OK" }, value: 5 },
      ],
    },
  ]);
  expect(countedCalls(text, "VerifyApiKey")).toBe(100_000);
  expect(countedCalls(text, "DeleteApiKey")).toBe(0);
});

it("keys in memory are read of each worker, and of a service that is one process", async () => {
  const page = (values: { labels: Record<string, string>; value: number }[]) =>
    expose([{ name: "keyfast_memory_keys", help: "Keys.", type: "gauge", values }]);
  const team = [1, 2].map((worker) => ({ labels: { worker: `${worker}` }, value: worker * 100_000 }));
  expect(keysInMemory(await page(team))).toEqual([100_000, 200_000]);
  expect(keysInMemory(await page([{ labels: {}, value: 7 }]))).toEqual([7]);
  expect(keysInMemory("keyfast_memory_keys_more 9\n")).toEqual([]);
});

it("a service whose metrics do not count its calls is not measured", async () => {
  const page = (request: IncomingMessage, response: ServerResponse) => {
    response.statusCode = request.url === "/metrics" ? 200 : 404;
    response.end('keyfast_calls_total{method="VerifyApiKey",outcome="OK"} 7\n');
  };
  const server = createServer(page).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  await requireCounted(port, 7);
  await expect(requireCounted(port, 8)).rejects.toThrow("count 7 calls of Verify, but 8 were made");
  server.close();
  server.closeAllConnections();
  await once(server, "close");
  await expect(requireCounted(port, 7)).rejects.toThrow();
});
