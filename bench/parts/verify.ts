/** How many calls a second, and what each costs the server: floor, peers and the service side by side. */
import { callEach, constant, floor, keyfast, keyfastAgainst } from "../harness/contenders.ts";
import { requireInMemory } from "../harness/filling.ts";
import type { Lab } from "../harness/lab.ts";
import { measure, type Run } from "../harness/measure.ts";
import { allRuns, doubts, figure, type Part, type PartResult, ratioFigure } from "../harness/part.ts";
import { column, interleave, type Repeat } from "../harness/repeats.ts";
import { PEAK_LOAD } from "../harness/settings.ts";
import { ratios } from "../harness/statistics.ts";

async function contendersOf(lab: Lab) {
  const { against } = lab;
  const standing = [
    await floor(lab),
    await constant(lab, "connect-node"),
    await constant(lab, "grpc-js"),
    await keyfast(lab),
  ];
  return against === undefined ? standing : [...standing, await keyfastAgainst(lab, against)];
}

function resultOf(
  lab: Lab,
  names: readonly string[],
  repeats: readonly Repeat<Run>[],
  reads: number,
): PartResult {
  const rate = (name: string) => column(repeats, name, (run) => run.callsPerSecond);
  const cost = (name: string) => column(repeats, name, (run) => run.cpuPerCall);
  const keyfast = rate("keyfast");
  return {
    figures: [
      ...names.map((name) => figure(`${name}`, "calls/s", rate(name))),
      ...names.map((name) => figure(`${name}, server CPU`, "us/call", cost(name))),
      ...names.slice(1).map((name) => ratioFigure(`${name} against the floor`, rate(name), rate("floor"))),
      figure("MongoDB queries for each Verify of a cached key", "queries", [reads]),
    ],
    goals: {
      "verify.floor": ratios(keyfast, rate("floor")),
      "verify.connect": ratios(keyfast, rate("connect-node")),
      "verify.grpcjs": ratios(keyfast, rate("grpc-js")),
      "cpu.floor": ratios(cost("keyfast"), cost("floor")),
    },
    runs: allRuns(repeats),
    notes: doubts(repeats, lab.settings.stealLimit),
  };
}

export const verify: Part = {
  name: "verify",
  summary: "calls a second and CPU per call: floor, connect-node, grpc-js, the service",
  async run(lab) {
    const contenders = await contendersOf(lab);
    const service = await keyfast(lab);
    const reads = await requireInMemory(() => callEach(lab, service));
    const { repeats: count, rampMs: warmUpMs, windowMs: durationMs, stealLimit } = lab.settings;
    const watched = await lab.watched();
    const repeats = await interleave(
      contenders,
      { repeats: count, stealLimit, say: lab.say },
      (contender, repeat) =>
        measure(watched, contender, { ...PEAK_LOAD, warmUpMs, durationMs, first: repeat * 9_973 }),
    );
    return resultOf(
      lab,
      contenders.map(({ name }) => name),
      repeats,
      reads,
    );
  },
};
