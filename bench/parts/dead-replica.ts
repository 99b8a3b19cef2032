/** What a replica that died costs Deletes, and what Verify does meanwhile. */

import type { NewKey } from "../../src/domain/new-key.ts";
import { keyfast } from "../harness/contenders.ts";
import { withDisturbance } from "../harness/disturbance.ts";
import type { Lab } from "../harness/lab.ts";
import { type Load, runLoader } from "../harness/loader.ts";
import type { Contender } from "../harness/measure.ts";
import { disturbed, figure, type Part } from "../harness/part.ts";
import { column, interleave } from "../harness/repeats.ts";
import { apiKeyClient } from "../harness/service.ts";
import { PEAK_LOAD } from "../harness/settings.ts";
import { percentile } from "../harness/statistics.ts";

/** Shorter than a Delete waits for a dead replica, by the service's own settings, so that it fits into that wait. */
const VERIFY_LOAD: Load = { ...PEAK_LOAD, warmUpMs: 500, durationMs: 3_000 };
const FOLLOWING = 20;

interface Round {
  /** Verify, in calls a second: with nothing else, while Deletes follow each other, and while one waits for the dead. */
  readonly alone: number;
  readonly duringDeletes: number;
  readonly duringWait: number;
  /** Deletes, in milliseconds: both replicas alive, the first after one died, and those after it. */
  readonly alive: readonly number[];
  readonly underLoad: readonly number[];
  readonly first: number;
  readonly following: readonly number[];
}

type TimedDelete = (fenced: number) => Promise<number>;

/** Deletes one key after another; each time how long it took, once the receipt says what it should. */
function deleter(lab: Lab, port: number, keys: readonly NewKey[]): TimedDelete {
  const client = apiKeyClient(port);
  const left = keys.values();
  const options = { headers: { authorization: `Bearer ${lab.secrets.operatorToken}` }, timeoutMs: 30_000 };
  return async (fenced) => {
    const key = left.next().value;
    if (!key) throw new Error("there is no key left to delete");
    const { projectId, keyId } = key.record;
    const start = performance.now();
    const { receipt } = await client.deleteApiKey({ projectId, keyId }, options);
    const took = performance.now() - start;
    if (receipt?.replicasFenced !== fenced)
      throw new Error(`${receipt?.replicasFenced} replicas were fenced`);
    return took;
  };
}

async function times(count: number, work: () => Promise<number>): Promise<number[]> {
  const took: number[] = [];
  while (took.length < count) took.push(await work());
  return took;
}

async function round(lab: Lab, service: Contender): Promise<Round> {
  const verify = async () => {
    const { calls, seconds } = await runLoader(lab.cpus.load, service, VERIFY_LOAD);
    return calls / seconds;
  };
  const doomed = await lab.startService();
  const remove = deleter(lab, service.port, await lab.storeKeys(2_000, () => "dead-replica"));
  await times(FOLLOWING, () => remove(0)); // The connection, and code that is compiled when it is hot.
  const alone = await verify();
  const alive = await times(lab.settings.deletes, () => remove(0));
  const underLoad: number[] = [];
  let over = false;
  const deleting = (async () => {
    while (!over) underLoad.push(await remove(0));
  })();
  const duringDeletes = await verify();
  over = true;
  await deleting;
  process.kill(doomed.pid, "SIGKILL");
  const waiting = remove(1);
  const isOver = waiting.then(() => true);
  const duringWait = await verify();
  if (await Promise.race([isOver, false])) throw new Error("the Delete did not wait as long as was measured");
  const first = await waiting;
  const following = await times(FOLLOWING, () => remove(0));
  return { alone, duringDeletes, duringWait, alive, underLoad, first, following };
}

export const deadReplica: Part = {
  name: "dead-replica",
  summary: "Delete before and after one of two replicas was killed, and Verify on the other meanwhile",
  async run(lab) {
    if (lab.settings.mode === "quick") return { figures: [], goals: {}, notes: ["full run only"] };
    const service = await keyfast(lab);
    const { repeats: count, stealLimit } = lab.settings;
    const options = { repeats: count, stealLimit, say: lab.say };
    const rounds = await interleave([service], options, () => withDisturbance(() => round(lab, service)));
    const of = (name: string, unit: string, value: (round: Round) => number) =>
      figure(name, unit, column(rounds, service.name, value));
    return {
      figures: [
        of("Delete, both alive, p50", "ms", ({ alive }) => percentile(alive, 0.5)),
        of("Delete, both alive, p99", "ms", ({ alive }) => percentile(alive, 0.99)),
        of("the same under full load of Verify, p50", "ms", ({ underLoad }) => percentile(underLoad, 0.5)),
        of("first Delete after one died", "ms", ({ first }) => first),
        of("Deletes after that, p50", "ms", ({ following }) => percentile(following, 0.5)),
        of("Verify, nothing else", "calls/s", ({ alone }) => alone),
        of("Verify, during Deletes", "calls/s", ({ duringDeletes }) => duringDeletes),
        of("Verify, while a Delete waits for the dead", "calls/s", ({ duringWait }) => duringWait),
      ],
      goals: {},
      ...disturbed(rounds, stealLimit),
    };
  },
};
