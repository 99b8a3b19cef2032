/** One page of several workers, from what each of them tells. */
import { expect, it } from "vitest";
import { BarrierMetrics } from "../../src/metrics/barrier-metrics.ts";
import { CallMetrics } from "../../src/metrics/call-metrics.ts";
import { expose } from "../../src/metrics/exposition.ts";
import { createCollect, type Family } from "../../src/metrics/families.ts";
import { TeamPage } from "../../src/metrics/team-page.ts";
import { samplesIn } from "./support/samples.ts";

/** What a worker tells that has answered as many calls, each in half a second, and holds as many keys. */
async function tells(calls: number, keys = 0): Promise<readonly Family[]> {
  const counted = new CallMetrics();
  for (let i = 0; i < calls; i++) counted.record("VerifyApiKey", "OK", 1, 0.5);
  const memory = () => ({ keys, leaseIsGood: true, deletions: 1 });
  return await createCollect({ calls: counted, barrier: new BarrierMetrics(), memory })();
}

/** The page when these have answered, and the others were late. */
async function read(page: TeamPage, answers: Record<number, readonly Family[] | undefined>) {
  const numbered = Object.entries(answers).map(([worker, families]) => [Number(worker), families] as const);
  for (const [worker, families] of numbered) if (families) page.note(worker, families);
  return samplesIn(await expose(page.of(new Map(numbered))));
}

const CALLS = "keyfast_calls_total";
const verified = (count: number) => ({ "method=VerifyApiKey,outcome=OK": count });

it("calls of all workers are added up, their histograms too", async () => {
  const { of, types } = await read(new TeamPage(), { 1: await tells(2), 2: await tells(3) });
  expect(of(CALLS)).toEqual(verified(5));
  expect(of("keyfast_verdicts_total")).toEqual({ "verdict=VALID": 5 });
  expect(of("keyfast_call_duration_seconds_count")).toEqual({ "method=VerifyApiKey": 5 });
  expect(of("keyfast_call_duration_seconds_sum")).toEqual({ "method=VerifyApiKey": 2.5 });
  expect(of("keyfast_call_duration_seconds_bucket")).toEqual({
    "method=VerifyApiKey,le=0.5": 5,
    "method=VerifyApiKey,le=1": 5,
    "method=VerifyApiKey,le=5": 5,
    "method=VerifyApiKey,le=10": 5,
    "method=VerifyApiKey,le=+Inf": 5,
  });
  expect(types.get("keyfast_call_duration_seconds")).toBe("histogram");
});

it("memory and process are told of each", async () => {
  const { of, all } = await read(new TeamPage(), { 1: await tells(0, 10), 2: await tells(0, 20) });
  expect(of("keyfast_memory_keys")).toEqual({ "worker=1": 10, "worker=2": 20 });
  expect(of("keyfast_lease_good")).toEqual({ "worker=1": 1, "worker=2": 1 });
  expect(of("keyfast_deletions_applied_total")).toEqual({ "worker=1": 1, "worker=2": 1 });
  const ofProcess = all.filter(({ name }) => !name.startsWith("keyfast_"));
  expect(ofProcess.map(({ name }) => name)).toContain("process_start_time_seconds");
  expect(new Set(ofProcess.map(({ labels }) => labels.worker))).toEqual(new Set(["1", "2"]));
  expect(of("keyfast_workers")).toEqual({ "": 2 });
});

it("one that is late keeps its calls, is left out with the rest, and is counted each time", async () => {
  const page = new TeamPage();
  await read(page, { 1: await tells(2, 10), 2: await tells(3, 20) });
  const first = await read(page, { 1: await tells(4, 10), 2: undefined });
  expect(first.of(CALLS)).toEqual(verified(7));
  expect(first.of("keyfast_memory_keys")).toEqual({ "worker=1": 10 });
  expect(first.of("keyfast_workers")).toEqual({ "": 1 });
  expect(first.of("keyfast_workers_late_total")).toEqual({ "": 1 });
  const second = await read(page, { 1: undefined, 2: undefined });
  expect(second.of(CALLS)).toEqual(verified(7));
  expect(second.of("keyfast_workers_late_total")).toEqual({ "": 3 });
  const third = await read(page, { 1: await tells(4), 2: await tells(5) });
  expect(third.of(CALLS)).toEqual(verified(9));
  expect(third.of("keyfast_workers_late_total")).toEqual({ "": 3 });
});

it("no count falls when a worker ends and another one begins at 0 under its number", async () => {
  const page = new TeamPage();
  await read(page, { 1: await tells(2), 2: await tells(3) });
  page.ended(1);
  expect((await read(page, { 2: await tells(4) })).of(CALLS)).toEqual(verified(6));
  expect((await read(page, { 1: await tells(0), 2: await tells(4) })).of(CALLS)).toEqual(verified(6));
  expect((await read(page, { 1: await tells(1), 2: await tells(4) })).of(CALLS)).toEqual(verified(7));
  page.ended(1);
  page.ended(2);
  expect((await read(page, {})).of(CALLS)).toEqual(verified(7));
});

it("one that ends before it was ever asked leaves nothing behind", async () => {
  const page = new TeamPage();
  page.ended(1);
  const { of } = await read(page, { 1: await tells(1) });
  expect(of(CALLS)).toEqual(verified(1));
});
