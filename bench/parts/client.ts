/**
 * Clients. The client library with a verifier of its own does not exist yet: what is measured is what it will be compared
 * with, the grpc-js client.
 */

import { join } from "node:path";
import { Child } from "../harness/children.ts";
import { keyfast } from "../harness/contenders.ts";
import { withDisturbance } from "../harness/disturbance.ts";
import type { Lab } from "../harness/lab.ts";
import type { Contender } from "../harness/measure.ts";
import { disturbed, figure, type Part } from "../harness/part.ts";
import { interleave } from "../harness/repeats.ts";

const CLIENTS = join(import.meta.dirname, "../clients");
const IN_FLIGHT = 64;

interface ClientRun {
  readonly callsPerSecond: number;
}

async function runClient(lab: Lab, file: string, service: Contender): Promise<ClientRun> {
  let said: { callsPerSecond: number } | undefined;
  const child = new Child({
    cpus: lab.cpus.load,
    command: process.execPath,
    args: [join(CLIENTS, file)],
    env: {
      BENCH_PORT: `${service.port}`,
      BENCH_CALLS: service.calls,
      BENCH_TOKEN: lab.secrets.serviceToken,
      BENCH_IN_FLIGHT: `${IN_FLIGHT}`,
      BENCH_RAMP_MS: `${lab.settings.rampMs}`,
      BENCH_WINDOW_MS: `${lab.settings.windowMs}`,
    },
    onLine: (line) => {
      if (line.startsWith("{")) said = JSON.parse(line);
    },
  });
  const ending = await child.exited;
  if (ending !== 0 || !said) throw new Error(`${file} ended with ${ending}:\n${child.lastWords}`);
  return said;
}

export const client: Part = {
  name: "client",
  summary: "clients, 64 calls in flight",
  async run(lab) {
    const service = await keyfast(lab);
    const options = { repeats: lab.settings.repeats, stealLimit: lab.settings.stealLimit, say: lab.say };
    const clients = [{ name: "grpc-js client", file: "grpc-js.ts" }];
    const repeats = await interleave(clients, options, ({ file }) =>
      withDisturbance(() => runClient(lab, file, service)),
    );
    const rates = repeats.flatMap((repeat) => [...repeat.values()].map((run) => run.callsPerSecond));
    return {
      figures: [figure("grpc-js client, unary calls to the service", "calls/s", rates)],
      goals: { "client.hit": "not built yet", "client.stream": "not built yet" },
      ...disturbed(repeats, options.stealLimit),
    };
  },
};
