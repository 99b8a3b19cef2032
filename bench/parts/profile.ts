/** Where the time of a Verify goes, beside where the floor's goes: both profiled under the same load. */

import { mkdir, readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { type Started, startConstant, startKeyfast } from "../harness/contenders.ts";
import { type CpuProfile, placeOf, selfTime } from "../harness/cpu-profile.ts";
import { type Disturbance, withDisturbance } from "../harness/disturbance.ts";
import type { Lab } from "../harness/lab.ts";
import { runLoader } from "../harness/loader.ts";
import type { Contender } from "../harness/measure.ts";
import { disturbed, figure, type Part } from "../harness/part.ts";
import { column, interleave, type Repeat } from "../harness/repeats.ts";
import { PEAK_LOAD } from "../harness/settings.ts";
import { median } from "../harness/statistics.ts";

/** What takes less of the whole time than this is told in one sum. */
const LEAST_SHARE = 0.01;

interface Window {
  /** In microseconds of the system's monotonic clock, which all processes share. */
  readonly from: number;
  readonly to: number;
  readonly calls: number;
}

/** Place to microseconds a call, one of each window. */
type Costs = ReadonlyMap<string, readonly number[]>;

interface Measured {
  readonly costs: Costs;
  readonly repeats: readonly Repeat<Disturbance>[];
}

interface Profiled extends Started {
  /** Where its profile is when it has stopped. */
  readonly folder: string;
}

const now = () => Number(process.hrtime.bigint() / 1_000n);

async function loadOnce(lab: Lab, contender: Contender, repeat: number): Promise<Window> {
  const { rampMs: warmUpMs, windowMs: durationMs } = lab.settings;
  const moments: number[] = [];
  const note = () => void moments.push(now());
  const load = { ...PEAK_LOAD, warmUpMs, durationMs, first: repeat * 9_973 };
  const watch = { measuring: note, measured: note };
  const { calls } = await runLoader(lab.cpus.load, contender, load, watch);
  const [from = Number.NaN, to = Number.NaN] = moments;
  return { from, to, calls };
}

async function costsOf(lab: Lab, { contender, folder, stop }: Profiled): Promise<Measured> {
  const { repeats: count, stealLimit } = lab.settings;
  const options = { repeats: count, stealLimit, say: lab.say };
  const repeats = await interleave([contender], options, (_, repeat) =>
    withDisturbance(() => loadOnce(lab, contender, repeat)),
  );
  const windows = column(repeats, contender.name, (window) => window);
  await stop();
  const [file] = (await readdir(folder)).filter((name) => name.endsWith(".cpuprofile"));
  if (file === undefined) throw new Error(`${contender.name} wrote no profile`);
  const profile: CpuProfile = JSON.parse(await readFile(join(folder, file), "utf8"));
  const shares = windows.map((window) => new Map(selfTime(profile, window, placeOf)));
  const places = new Set(shares.flatMap((share) => [...share.keys()]));
  const costs = new Map(
    [...places].map((place) => [
      place,
      windows.map(({ calls }, index) => (shares[index]?.get(place) ?? 0) / calls),
    ]),
  );
  return { costs, repeats };
}

const sums = (costs: Costs, repeats: number) =>
  Array.from({ length: repeats }, (_, i) => [...costs.values()].reduce((sum, of) => sum + (of[i] ?? 0), 0));

function figuresOf(name: string, costs: Costs, repeats: number) {
  const all = sums(costs, repeats);
  const isLarge = ([, of]: readonly [string, readonly number[]]) => median(of) >= LEAST_SHARE * median(all);
  const large = [...costs].filter(isLarge).toSorted(([, a], [, b]) => median(b) - median(a));
  const rest = sums(new Map([...costs].filter((entry) => !isLarge(entry))), repeats);
  return [
    figure(`${name}, all`, "us/call", all),
    ...large.map(([place, of]) => figure(`${name}: ${place}`, "us/call", of)),
    figure(`${name}: each under ${LEAST_SHARE * 100} %`, "us/call", rest),
  ];
}

async function startProfiled(
  lab: Lab,
  name: string,
  start: (nodeOptions: readonly string[]) => Promise<Started>,
): Promise<Profiled> {
  const folder = join(await lab.directory(), `profile-${name}`);
  await mkdir(folder);
  const started = await start(["--cpu-prof", `--cpu-prof-dir=${folder}`]);
  return { folder, ...started };
}

export const profile: Part = {
  name: "profile",
  summary: "where the time of a call goes, in the floor and in the service",
  async run(lab) {
    const { repeats, stealLimit } = lab.settings;
    const floor = await startProfiled(lab, "floor", (options) => startConstant(lab, "floor", options));
    const ofFloor = await costsOf(lab, floor);
    const service = await startProfiled(lab, "keyfast", (nodeOptions) => startKeyfast(lab, { nodeOptions }));
    const ofService = await costsOf(lab, service);
    const { disturbances, notes } = disturbed([...ofFloor.repeats, ...ofService.repeats], stealLimit);
    return {
      figures: [
        ...figuresOf("floor", ofFloor.costs, repeats),
        ...figuresOf("keyfast", ofService.costs, repeats),
      ],
      goals: {},
      disturbances,
      notes: [
        "taking the profile costs time of its own: compare places, not these sums with other parts",
        ...notes,
      ],
    };
  },
};
