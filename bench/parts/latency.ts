/** One call at a time: what a caller waits when nothing else goes on. */
import { constant, floor, keyfast } from "../harness/contenders.ts";
import { measure } from "../harness/measure.ts";
import { allRuns, doubts, figure, type Part, ratioFigure } from "../harness/part.ts";
import { column, interleave } from "../harness/repeats.ts";
import { ratios } from "../harness/statistics.ts";

export const latency: Part = {
  name: "latency",
  summary: "one call at a time: floor, grpc-js, the service",
  async run(lab) {
    const { repeats: count, rampMs: warmUpMs, windowMs: durationMs, stealLimit } = lab.settings;
    const contenders = [await floor(lab), await constant(lab, "grpc-js"), await keyfast(lab)];
    const watched = await lab.watched();
    const load = { mode: "closed", connections: 1, streams: 1, spin: true, warmUpMs, durationMs } as const;
    const repeats = await interleave(
      contenders,
      { repeats: count, stealLimit, say: lab.say },
      (contender, repeat) => measure(watched, contender, { ...load, first: repeat * 9_973 }),
    );
    const p50 = (name: string) => column(repeats, name, (run) => run.latency.p50);
    const p99 = (name: string) => column(repeats, name, (run) => run.latency.p99);
    return {
      figures: [
        ...contenders.map(({ name }) => figure(`${name}, p50`, "us", p50(name))),
        ...contenders.map(({ name }) => figure(`${name}, p99`, "us", p99(name))),
        ratioFigure("grpc-js against the floor, p50", p50("grpc-js"), p50("floor")),
      ],
      goals: { "latency.floor": ratios(p50("keyfast"), p50("floor")) },
      runs: allRuns(repeats),
      notes: doubts(repeats, stealLimit),
    };
  },
};
