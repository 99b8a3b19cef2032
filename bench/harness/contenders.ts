/** The servers that several parts measure side by side: started and warmed up when first asked for. */
import { join } from "node:path";
import { constantAnswer, constantCalls, verifyCalls } from "../data/verify-calls.ts";
import { writeCalls } from "./calls-file.ts";
import { startServer } from "./children.ts";
import { requireInMemory } from "./filling.ts";
import type { Lab, LabServiceOptions } from "./lab.ts";
import { runLoader } from "./loader.ts";
import type { Contender } from "./measure.ts";
import { requireCounted } from "./metrics.ts";
import { verifyTarget } from "./service.ts";
import { FILLING_LOAD } from "./settings.ts";
import { warm } from "./warm-up.ts";

const SERVERS = join(import.meta.dirname, "../servers");

export interface Started {
  readonly contender: Contender;
  readonly stop: () => Promise<void>;
}

type Constant = "floor" | "connect-node" | "grpc-js";

/** A server that always gives the same answer. */
export const constant = (lab: Lab, name: Constant): Promise<Contender> =>
  lab.once(name, async () => (await startConstant(lab, name)).contender);

export const floor = (lab: Lab) => constant(lab, "floor");

export async function startConstant(
  lab: Lab,
  name: Constant,
  nodeOptions: readonly string[] = [],
): Promise<Started> {
  const answer = Buffer.from(constantAnswer(await lab.keys())).toString("base64");
  const { child, port } = await startServer({
    cpus: lab.cpus.server,
    command: process.execPath,
    args: [...nodeOptions, join(SERVERS, `${name}.ts`)],
    env: { BENCH_ANSWER: answer },
  });
  const stop = () => child.stop();
  lab.defer(stop);
  const target = verifyTarget(port, lab.secrets, await constantFile(lab));
  return { contender: await warm(lab, { name, pid: child.pid, ...target }), stop };
}

/** The service as a user starts it, with all keys in memory. */
export const keyfast = (lab: Lab): Promise<Contender> =>
  lab.once("keyfast", async () => (await startKeyfast(lab)).contender);

/** The service from the other checkout. */
export const keyfastAgainst = (lab: Lab, root: string): Promise<Contender> =>
  lab.once("keyfast against", async () => {
    const { contender } = await startKeyfast(lab, { root });
    return { ...contender, name: "keyfast (against)" };
  });

export async function startKeyfast(lab: Lab, options: LabServiceOptions = {}): Promise<Started> {
  const calls = await verifyFile(lab);
  const service = await lab.startService(options);
  const target = verifyTarget(service.grpcPort, lab.secrets, calls);
  const contender = { name: "keyfast", pid: service.pid, ...target };
  try {
    await callEach(lab, contender);
    // Some of what is counted is watched only once somebody has asked.
    await requireCounted(service.metricsPort, lab.settings.keys);
    await requireInMemory(() => callEach(lab, contender));
    return { contender: await warm(lab, contender), stop: service.stop };
  } catch (error) {
    await service.stop();
    throw error;
  }
}

/** Makes each call of the file once; how many queries MongoDB got for each. */
export async function callEach(lab: Lab, contender: Contender): Promise<number> {
  const before = await lab.databaseQueries();
  const { calls } = await runLoader(lab.cpus.load, contender, FILLING_LOAD);
  return ((await lab.databaseQueries()) - before) / calls;
}

export const verifyFile = (lab: Lab): Promise<string> =>
  lab.once("verify file", async () => {
    const keys = await lab.keys();
    const path = await lab.file("verify");
    await writeCalls(path, keys.length, verifyCalls(keys));
    return path;
  });

const constantFile = (lab: Lab): Promise<string> =>
  lab.once("constant file", async () => {
    const keys = await lab.keys();
    const path = await lab.file("constant");
    await writeCalls(path, keys.length, constantCalls(verifyCalls(keys), constantAnswer(keys)));
    return path;
  });
