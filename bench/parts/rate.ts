/** Waiting times at a fixed rate: calls start by the clock, and each is timed from when it should have started. */
import { constant, floor, keyfast } from "../harness/contenders.ts";
import type { Lab } from "../harness/lab.ts";
import { measure } from "../harness/measure.ts";
import { allRuns, doubts, figure, type Part } from "../harness/part.ts";
import { column, interleave } from "../harness/repeats.ts";
import { PEAK_LOAD } from "../harness/settings.ts";
import { ratios } from "../harness/statistics.ts";

/** Of the floor, in calls a second, measured here and now. */
async function peak(lab: Lab): Promise<number> {
  const { rampMs: warmUpMs, windowMs: durationMs } = lab.settings;
  const run = await measure(await lab.watched(), await floor(lab), { ...PEAK_LOAD, warmUpMs, durationMs });
  return run.callsPerSecond;
}

export const rate: Part = {
  name: "rate",
  summary: "waiting times at a quarter of the floor's peak: floor, grpc-js, the service",
  async run(lab) {
    const { repeats: count, rampMs: warmUpMs, windowMs: durationMs, stealLimit } = lab.settings;
    const contenders = [await floor(lab), await constant(lab, "grpc-js"), await keyfast(lab)];
    const callsPerSecond = Math.round((await peak(lab)) / 4);
    const watched = await lab.watched();
    const load = {
      ...PEAK_LOAD,
      mode: "rate",
      rate: callsPerSecond,
      spin: true,
      warmUpMs,
      durationMs,
    } as const;
    const repeats = await interleave(
      contenders,
      { repeats: count, stealLimit, say: lab.say },
      (contender, repeat) => measure(watched, contender, { ...load, first: repeat * 9_973 }),
    );
    const p99 = (name: string) => column(repeats, name, (run) => run.latency.p99);
    return {
      figures: [
        figure("the rate", "calls/s", [callsPerSecond]),
        ...contenders.map(({ name }) =>
          figure(
            `${name}, p50`,
            "us",
            column(repeats, name, (r) => r.latency.p50),
          ),
        ),
        ...contenders.map(({ name }) => figure(`${name}, p99`, "us", p99(name))),
        ...contenders.map(({ name }) =>
          figure(
            `${name}, loader late, p99`,
            "us",
            column(repeats, name, (r) => r.lagP99),
          ),
        ),
      ],
      goals: { "rate.grpcjs": ratios(p99("keyfast"), p99("grpc-js")) },
      runs: allRuns(repeats),
      notes: doubts(repeats, stealLimit),
    };
  },
};
