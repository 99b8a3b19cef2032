import { expect, it } from "vitest";
import { BarrierMetrics } from "../../src/metrics/barrier-metrics.ts";
import { CallMetrics, OUTCOMES, type Outcome } from "../../src/metrics/call-metrics.ts";
import { expose } from "../../src/metrics/exposition.ts";
import { createCollect } from "../../src/metrics/families.ts";
import { BUCKETS, Histogram } from "../../src/metrics/histogram.ts";
import { samplesIn } from "./support/samples.ts";

const NOTHING = { keys: 0, leaseIsGood: false, deletions: 0 };

async function told(calls: CallMetrics, memory = NOTHING, barrier = new BarrierMetrics()) {
  return samplesIn(await expose(await createCollect({ calls, barrier, memory: () => memory })()));
}

it("a histogram counts in the first bucket that is long enough, its upper end included", () => {
  const histogram = new Histogram();
  for (const seconds of [0, 0.0001, 0.00011, 10, 10.5, 3_600]) histogram.observe(seconds);
  const expected = BUCKETS.map((end) => (end < 0.00025 ? 2 : end < 10 ? 3 : 4));
  expect(histogram.cumulative()).toEqual([...expected, 6]);
  expect(histogram.sum).toBeCloseTo(3_620.50021, 9);
});

it("calls are counted by method and outcome, and those that took as long by method", async () => {
  const calls = new CallMetrics();
  calls.record("VerifyApiKey", "OK", 1, 0.0002);
  calls.record("VerifyApiKey", "OK", 3, 0.02);
  calls.record("VerifyApiKey", "FIELD_INVALID", 0, 20);
  calls.record("ListApiKeys", "OK", 0, 0.3);
  const samples = await told(calls);
  expect(samples.of("keyfast_calls_total")).toEqual({
    "method=VerifyApiKey,outcome=OK": 2,
    "method=VerifyApiKey,outcome=FIELD_INVALID": 1,
    "method=ListApiKeys,outcome=OK": 1,
  });
  expect(samples.of("keyfast_verdicts_total")).toEqual({ "verdict=VALID": 1, "verdict=NOT_FOUND": 1 });
  expect(samples.of("keyfast_call_duration_seconds_count")).toEqual({
    "method=VerifyApiKey": 3,
    "method=ListApiKeys": 1,
  });
  const buckets = samples.of("keyfast_call_duration_seconds_bucket");
  expect(buckets["method=VerifyApiKey,le=0.0001"]).toBeUndefined();
  expect(buckets["method=VerifyApiKey,le=0.00025"]).toBe(1);
  expect(buckets["method=VerifyApiKey,le=0.05"]).toBe(2);
  expect(buckets["method=VerifyApiKey,le=10"]).toBe(2);
  expect(buckets["method=VerifyApiKey,le=+Inf"]).toBe(3);
  expect(samples.of("keyfast_call_duration_seconds_sum")["method=VerifyApiKey"]).toBeCloseTo(20.0202, 9);
});

it("any name that is not a method of ours is counted as unknown, so that no caller can make names", async () => {
  const calls = new CallMetrics();
  for (const name of ["Guessed", "__proto__", "", "OK"]) calls.record(name, "METHOD_UNKNOWN", 0, 0);
  expect((await told(calls)).of("keyfast_calls_total")).toEqual({
    "method=unknown,outcome=METHOD_UNKNOWN": 4,
  });
});

it("a verdict or outcome that nobody foresaw fails no call", async () => {
  const calls = new CallMetrics();
  calls.record("VerifyApiKey", "NEW" as Outcome, 4_711, 0);
  const samples = await told(calls);
  expect(samples.of("keyfast_calls_total")).toEqual({});
  expect(samples.of("keyfast_verdicts_total")).toEqual({});
  expect(samples.of("keyfast_call_duration_seconds_count")).toEqual({ "method=VerifyApiKey": 1 });
});

it("every outcome is there from the start, at 0, so that the first error is seen as a rise", async () => {
  const { all } = await told(new CallMetrics());
  const outcomes = all.filter(
    ({ name, labels }) => name === "keyfast_calls_total" && labels.method === "VerifyApiKey",
  );
  expect(outcomes.map(({ labels, value }) => [labels.outcome, value])).toEqual(
    OUTCOMES.map((outcome) => [outcome, 0]),
  );
});

it("what memory holds is told as it is at that moment", async () => {
  const samples = await told(new CallMetrics(), { keys: 12, leaseIsGood: true, deletions: 3 });
  expect(samples.of("keyfast_memory_keys")).toEqual({ "": 12 });
  expect(samples.of("keyfast_lease_good")).toEqual({ "": 1 });
  expect(samples.of("keyfast_deletions_applied_total")).toEqual({ "": 3 });
});

it("what Deletes wait for is counted, also where they give up", async () => {
  const barrier = new BarrierMetrics();
  const done = { acknowledged: 2, fenced: 3 };
  expect(await barrier.watch(async () => done)).toBe(done);
  const gaveUp = new Error("gave up");
  await expect(barrier.watch(() => Promise.reject(gaveUp))).rejects.toBe(gaveUp);
  const samples = await told(new CallMetrics(), NOTHING, barrier);
  expect(samples.of("keyfast_delete_wait_seconds_count")).toEqual({ "": 2 });
  expect(samples.of("keyfast_delete_wait_seconds_bucket")["le=+Inf"]).toBe(2);
  expect(samples.of("keyfast_replicas_fenced_total")).toEqual({ "": 3 });
});
