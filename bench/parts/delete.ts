/** What the barrier costs: Delete beside a bare delete by majority of the same documents in another database. */
import { create, toBinary } from "@bufbuild/protobuf";
import { DeleteApiKeyRequestSchema } from "../../gen/keyfast/v1/api_key_service_pb.ts";
import type { NewKey } from "../../src/domain/new-key.ts";
import { deletedCalls, plainCalls } from "../data/verify-calls.ts";
import { type Call, grpcFrame, writeCalls } from "../harness/calls-file.ts";
import { type Disturbance, withDisturbance } from "../harness/disturbance.ts";
import type { Lab } from "../harness/lab.ts";
import { type Latency, runLoader } from "../harness/loader.ts";
import { disturbed, figure, type Part, ratioFigure } from "../harness/part.ts";
import { column, interleave } from "../harness/repeats.ts";
import { operatorTarget, type Service, verifyTarget } from "../harness/service.ts";
import { FILLING_LOAD } from "../harness/settings.ts";
import { percentile, ratios } from "../harness/statistics.ts";
import { warmInTurn } from "../harness/warm-up.ts";

const BARE = "bare_delete";

type Waits = Pick<Latency, "p50" | "p99">;

/** The receipt has times in it: that the keys are dead is asked afterwards. */
function* deleteCalls(keys: readonly NewKey[]): Generator<Call> {
  for (const { record } of keys) {
    const message = create(DeleteApiKeyRequestSchema, { projectId: record.projectId, keyId: record.keyId });
    const body = grpcFrame(toBinary(DeleteApiKeyRequestSchema, message));
    yield { body, answer: { contains: new Uint8Array() } };
  }
}

/** One after the other, by the service, of keys that it has in memory; none may be good afterwards. */
async function deleteByService(lab: Lab, service: Service): Promise<Waits & Disturbance> {
  const keys = await lab.storeKeys(lab.settings.deletes, () => "deleted");
  const [known, deletes, gone] = [await lab.file("known"), await lab.file("deletes"), await lab.file("gone")];
  await writeCalls(known, keys.length, plainCalls(keys));
  await writeCalls(deletes, keys.length, deleteCalls(keys));
  await writeCalls(gone, keys.length, deletedCalls(keys));
  await runLoader(lab.cpus.load, verifyTarget(service.grpcPort, lab.secrets, known), FILLING_LOAD);
  const target = operatorTarget(service.grpcPort, "DeleteApiKey", lab.secrets, deletes);
  const waits = await withDisturbance<Waits>(async () => {
    const { latency_us } = await runLoader(lab.cpus.load, target, {
      mode: "once",
      connections: 1,
      streams: 1,
    });
    return latency_us;
  });
  await runLoader(lab.cpus.load, verifyTarget(service.grpcPort, lab.secrets, gone), FILLING_LOAD);
  return waits;
}

/** One after the other, straight by the driver. */
async function deleteBare(lab: Lab): Promise<Waits & Disturbance> {
  const keys = await lab.storeKeys(lab.settings.deletes, () => "deleted", BARE);
  const { collection } = (await lab.store(BARE)).keys;
  return withDisturbance(async () => {
    const waits: number[] = [];
    for (const { record } of keys) {
      const start = performance.now();
      const { deletedCount } = await collection.deleteOne({ _id: record.keyId });
      waits.push((performance.now() - start) * 1_000);
      if (deletedCount !== 1) throw new Error("there was nothing to delete");
    }
    return { p50: percentile(waits, 0.5), p99: percentile(waits, 0.99) };
  });
}

export const deletion: Part = {
  name: "delete",
  summary: "Delete with its barrier, and a bare majority delete, one at a time",
  async run(lab) {
    const { repeats: count, stealLimit } = lab.settings;
    // The barrier waits for each replica that lives: there is to be this one.
    await using service = await lab.startService();
    const contenders = [
      { name: "Delete", work: () => deleteByService(lab, service) },
      { name: "bare delete", work: () => deleteBare(lab) },
    ];
    const works = contenders.map(({ work }) => work);
    await warmInTurn(lab, "Delete and bare delete", works);
    const options = { repeats: count, stealLimit, say: lab.say };
    const repeats = await interleave(contenders, options, ({ work }) => work());
    const p50 = (name: string) => column(repeats, name, (waits) => waits.p50);
    const p99 = (name: string) => column(repeats, name, (waits) => waits.p99);
    return {
      figures: [
        ...contenders.map(({ name }) => figure(`${name}, p50`, "us", p50(name))),
        ...contenders.map(({ name }) => figure(`${name}, p99`, "us", p99(name))),
        ratioFigure("Delete against a bare delete, p99", p99("Delete"), p99("bare delete")),
      ],
      goals: { delete: ratios(p50("Delete"), p50("bare delete")) },
      ...disturbed(repeats, stealLimit),
    };
  },
};
