/** Whether the loader is an equal of h2load: both on the floor, in turn. h2load cannot send different calls or check answers. */

import { execFileSync } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { verifyCalls } from "../data/verify-calls.ts";
import { Child } from "../harness/children.ts";
import { floor } from "../harness/contenders.ts";
import { withDisturbance } from "../harness/disturbance.ts";
import type { Lab } from "../harness/lab.ts";
import { type Contender, measure } from "../harness/measure.ts";
import { disturbed, figure, type Part, ratioFigure } from "../harness/part.ts";
import { interleave } from "../harness/repeats.ts";
import { PEAK_LOAD } from "../harness/settings.ts";

/** It only shows that one loader is as good as the other: no goal hangs on it. */
const MOST_WINDOW_MS = 3_000;
const windowOf = ({ settings }: Lab) => Math.min(settings.windowMs, MOST_WINDOW_MS);

function isInstalled(): boolean {
  try {
    execFileSync("h2load", ["--version"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

/** Calls a second, as h2load says. */
async function h2load(lab: Lab, floor: Contender, body: string) {
  const { rampMs } = lab.settings;
  const windowMs = windowOf(lab);
  // Its header fields are as long as the others', but no secret: command lines are for all to read.
  const headers = { ...floor.headers, authorization: `Bearer ${"x".repeat(43)}` };
  const lines: string[] = [];
  const child = new Child({
    cpus: lab.cpus.load,
    command: "h2load",
    args: [
      ...["--clients", `${PEAK_LOAD.connections}`, "--max-concurrent-streams", `${PEAK_LOAD.streams}`],
      ...["--warm-up-time", `${rampMs}ms`, "--duration", `${windowMs}ms`, "--data", body],
      ...Object.entries(headers).map(([name, value]) => `--header=${name}: ${value}`),
      `http://127.0.0.1:${floor.port}${floor.path}`,
    ],
    onLine: (line) => lines.push(line),
  });
  const ending = await child.exited;
  const rate = /([\d.]+) req\/s/.exec(lines.join("\n"))?.[1];
  if (ending !== 0 || rate === undefined) throw new Error(`h2load ended with ${ending}: ${child.lastWords}`);
  return { callsPerSecond: Number(rate), loaderUse: Number.NaN };
}

export const load: Part = {
  name: "load",
  summary: "the loader itself beside h2load, on the floor",
  async run(lab) {
    if (!isInstalled())
      return { figures: [], goals: {}, notes: ["h2load (Debian package nghttp2-client) is not there"] };
    const { repeats: count, rampMs: warmUpMs, stealLimit } = lab.settings;
    const durationMs = windowOf(lab);
    const target = await floor(lab);
    const body = await lab.file("one-body");
    const [first] = verifyCalls((await lab.keys()).slice(0, 1));
    await writeFile(body, first?.body ?? "");
    const watched = await lab.watched();
    const repeats = await interleave(
      [{ name: "h2load" }, { name: "loader" }],
      { repeats: count, stealLimit, say: lab.say },
      async ({ name }) => {
        if (name === "h2load") return withDisturbance(() => h2load(lab, target, body));
        return measure(watched, target, { ...PEAK_LOAD, warmUpMs, durationMs });
      },
    );
    const values = (name: string) => repeats.map((repeat) => repeat.get(name)?.callsPerSecond ?? Number.NaN);
    return {
      figures: [
        figure("floor under h2load, one call again and again", "calls/s", values("h2load")),
        figure("floor under the loader, different calls", "calls/s", values("loader")),
        figure(
          "processors that the loader used",
          "",
          repeats.map((repeat) => repeat.get("loader")?.loaderUse ?? Number.NaN),
        ),
        ratioFigure("loader against h2load", values("loader"), values("h2load")),
      ],
      goals: {},
      ...disturbed(repeats, stealLimit),
    };
  },
};
