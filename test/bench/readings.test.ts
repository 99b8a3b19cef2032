import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { grpcFrame, readCalls, writeCalls } from "../../bench/harness/calls-file.ts";
import { selfTime } from "../../bench/harness/cpu-profile.ts";
import { shareOut } from "../../bench/harness/cpus.ts";
import { parseMachineTime, parseProcessCpu, parseResident } from "../../bench/harness/proc.ts";

it("a process's processor time is read behind its name, whatever that is", () => {
  expect(parseProcessCpu("7 (a) b (c)) S 1 7 7 0 -1 0 0 0 0 0 250 50 0 0 20 0")).toBe(3);
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
