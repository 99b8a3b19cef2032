/** The service beside the nearest peer in TypeScript, both on the same MongoDB. */

import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { startServer } from "../harness/children.ts";
import { keyfast } from "../harness/contenders.ts";
import type { Lab } from "../harness/lab.ts";
import { type Contender, measure, type Run } from "../harness/measure.ts";
import { allRuns, doubts, figure, type Part, ratioFigure } from "../harness/part.ts";
import { column, interleave } from "../harness/repeats.ts";
import { PEAK_LOAD } from "../harness/settings.ts";
import { ratios } from "../harness/statistics.ts";
import { warm } from "../harness/warm-up.ts";

const BENCH = join(import.meta.dirname, "..");
/** Four times as many in flight make it no faster. */
const PEER_LOAD = { mode: "closed", connections: 8, streams: 8 } as const;

/** The peer's packages are installed when they are first needed; `.npmrc` beside them says how. */
function installPeers(lab: Lab): void {
  if (existsSync(join(BENCH, "node_modules/better-auth"))) return;
  lab.say("installing the peer's packages");
  execFileSync("npm", ["ci", "--no-audit", "--no-fund"], {
    cwd: BENCH,
    stdio: ["ignore", "ignore", "inherit"],
  });
}

async function startPeer(lab: Lab): Promise<Contender> {
  installPeers(lab);
  const calls = await lab.file("better-auth");
  lab.say(`better-auth: creating ${lab.settings.peerKeys.toLocaleString("en")} keys`);
  const { child, port } = await startServer({
    cpus: lab.cpus.server,
    command: process.execPath,
    args: [join(BENCH, "peers/better-auth.ts")],
    env: {
      NODE_ENV: "production",
      BENCH_MONGODB_URI: (await lab.database()).uri,
      BENCH_KEYS: `${lab.settings.peerKeys}`,
      BENCH_CALLS: calls,
      BENCH_SECRET: randomBytes(32).toString("base64url"),
    },
  });
  lab.defer(() => child.stop());
  const headers = { "content-type": "application/json" };
  const target = { port, path: "/api/auth/verify", headers, grpc: false, calls };
  return warm(lab, { name: "better-auth", pid: child.pid, ...target }, PEER_LOAD);
}

export const peer: Part = {
  name: "peer",
  summary: "the service and better-auth's api-key plugin",
  async run(lab) {
    const { repeats: count, rampMs: warmUpMs, windowMs: durationMs, stealLimit } = lab.settings;
    const [service, better] = [await keyfast(lab), await startPeer(lab)];
    const watched = await lab.watched();
    const work = (contender: Contender, repeat: number): Promise<Run> => {
      const load = contender === better ? PEER_LOAD : PEAK_LOAD;
      return measure(watched, contender, { ...load, warmUpMs, durationMs, first: repeat * 9_973 });
    };
    const repeats = await interleave([service, better], { repeats: count, stealLimit, say: lab.say }, work);
    const rate = (name: string) => column(repeats, name, (run) => run.callsPerSecond);
    const cost = (name: string) => column(repeats, name, (run) => run.cpuPerCall);
    return {
      figures: [
        figure("keyfast", "calls/s", rate("keyfast")),
        figure("better-auth", "calls/s", rate("better-auth")),
        figure("better-auth, server CPU", "us/call", cost("better-auth")),
        figure(
          "better-auth, processors used by MongoDB",
          "",
          column(repeats, "better-auth", (run) => run.databaseUse),
        ),
        ratioFigure("keyfast against better-auth", rate("keyfast"), rate("better-auth")),
      ],
      goals: { peer: ratios(rate("keyfast"), rate("better-auth")) },
      runs: allRuns(repeats),
      notes: doubts(repeats, stealLimit),
    };
  },
};
