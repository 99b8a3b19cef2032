import { Code } from "@connectrpc/connect";
import { ObjectId, Timestamp } from "mongodb";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Verdict } from "../../gen/keyfast/v1/api_key_pb.ts";
import { expectError } from "../support/errors.ts";
import { createKey } from "../support/keys.ts";
import {
  newDatabase,
  OPERATOR_TOKEN,
  SERVICE_TOKEN,
  startService,
  type TestService,
} from "../support/service.ts";

let replicas: TestService[];
beforeAll(async () => {
  const database = { KEYFAST_MONGODB_DATABASE: newDatabase() };
  replicas = await Promise.all([startService(database), startService(database), startService(database)]);
});
afterAll(async () => {
  for (const replica of replicas) await replica.stop();
});

const at = (index: number) => replicas[index] as TestService;
const operator = (index: number) => at(index).grpc(OPERATOR_TOKEN);
const verdictAt = async (index: number, key: string) =>
  (await at(index).grpc(SERVICE_TOKEN).verifyApiKey({ key })).verdict;
const verdicts = (key: string) => Promise.all(replicas.map((_, index) => verdictAt(index, key)));
const leases = () => at(0).db.collection("leases");

describe("three replicas", () => {
  it("accept a new key at once, wherever it was created", async () => {
    for (let index = 0; index < 3; index++) {
      const { key } = await createKey(operator(index));
      expect(await verdicts(key)).toEqual([Verdict.VALID, Verdict.VALID, Verdict.VALID]);
    }
  });

  it("refuse a key that all had in memory as soon as Delete has returned, and the receipt says so", async () => {
    for (let round = 0; round < 20; round++) {
      const { key, keyId } = await createKey(operator(0));
      await verdicts(key);
      const { receipt } = await operator(round % 3).deleteApiKey({ projectId: "demo", keyId });
      expect(await verdicts(key)).toEqual([Verdict.NOT_FOUND, Verdict.NOT_FOUND, Verdict.NOT_FOUND]);
      expect(receipt).toMatchObject({ replicasAcknowledged: 3, replicasFenced: 0 });
    }
  });

  it("never accept a key again while it is verified without pause during its deletion", async () => {
    const { key, keyId } = await createKey(operator(0));
    await verdicts(key);
    let deleted = false;
    const late: Verdict[] = [];
    const hammer = async (index: number) => {
      for (let after = 0; after < 50; ) {
        const startedAfter = deleted;
        const verdict = await verdictAt(index, key);
        if (startedAfter) {
          after++;
          late.push(verdict);
        }
      }
    };
    const hammering = [0, 1, 2, 0, 1, 2].map(hammer);
    await operator(1).deleteApiKey({ projectId: "demo", keyId });
    deleted = true;
    await Promise.all(hammering);
    expect(new Set(late)).toEqual(new Set([Verdict.NOT_FOUND]));
  });
});

describe("a replica that does not answer", () => {
  it("is fenced, waited out and taken from the list, once", async () => {
    const { keyId } = await createKey(operator(0));
    const other = await createKey(operator(0));
    const dead = {
      _id: new ObjectId(),
      length_ms: 400,
      applied: new Timestamp({ t: 1, i: 1 }),
      fenced: false,
      renewals: 0,
    };
    await leases().insertOne(dead);
    const { receipt } = await operator(0).deleteApiKey({ projectId: "demo", keyId });
    expect(receipt).toMatchObject({ replicasAcknowledged: 3, replicasFenced: 1 });
    expect(await leases().findOne({ _id: dead._id })).toBeNull();
    const again = await operator(0).deleteApiKey({ projectId: "demo", keyId: other.keyId });
    expect(again.receipt).toMatchObject({ replicasAcknowledged: 3, replicasFenced: 0 });
  });

  it("makes a Delete wait also where there is nothing to delete", async () => {
    const dead = {
      _id: new ObjectId(),
      length_ms: 400,
      applied: new Timestamp({ t: 1, i: 1 }),
      fenced: true,
      renewals: 0,
    };
    await leases().insertOne(dead);
    const start = process.hrtime.bigint();
    const call = operator(0).deleteApiKey({ projectId: "demo", keyId: "0".repeat(16) });
    await expectError(call, Code.NotFound, "KEY_NOT_FOUND");
    const waitedMs = Number(process.hrtime.bigint() - start) / 1e6;
    // A lower bound that the promise itself sets: the whole lease, whatever the machine does.
    expect(waitedMs).toBeGreaterThanOrEqual(400);
    expect(await leases().findOne({ _id: dead._id })).toBeNull();
  });

  it("and a caller who cannot wait is told DEADLINE_EXCEEDED, the key is gone, and a retry passes", async () => {
    const { key, keyId } = await createKey(operator(0));
    const dead = {
      _id: new ObjectId(),
      length_ms: 1_000,
      applied: new Timestamp({ t: 1, i: 1 }),
      fenced: false,
      renewals: 0,
    };
    await leases().insertOne(dead);
    // As a header only, so that it is the server which keeps the deadline.
    const headers = { "connect-timeout-ms": "200" };
    const call = at(0).connect(OPERATOR_TOKEN).deleteApiKey({ projectId: "demo", keyId }, { headers });
    await expectError(call, Code.DeadlineExceeded, "DEADLINE_EXCEEDED");
    const again = operator(0).deleteApiKey({ projectId: "demo", keyId });
    await expectError(again, Code.NotFound, "KEY_NOT_FOUND");
    expect(await leases().findOne({ _id: dead._id, fenced: false })).toBeNull();
    expect(await verdicts(key)).toEqual([Verdict.NOT_FOUND, Verdict.NOT_FOUND, Verdict.NOT_FOUND]);
  });
});

describe("a replica that was fenced", () => {
  it("takes a new lease and answers from memory again", async () => {
    const before = (await leases().find().toArray()).map((lease) => lease._id.toHexString());
    await leases().updateMany({}, { $set: { fenced: true } });
    await expect
      .poll(
        async () => {
          const now = await leases().find({ fenced: false }).toArray();
          return now.filter((lease) => !before.includes(lease._id.toHexString())).length;
        },
        { timeout: 20_000 },
      )
      .toBe(3);
    const { key, keyId } = await createKey(operator(2));
    expect(await verdicts(key)).toEqual([Verdict.VALID, Verdict.VALID, Verdict.VALID]);
    await operator(0).deleteApiKey({ projectId: "demo", keyId });
    expect(await verdicts(key)).toEqual([Verdict.NOT_FOUND, Verdict.NOT_FOUND, Verdict.NOT_FOUND]);
  });
});

it("a replica that leaves takes its lease from the list", async () => {
  const database = at(0).config.database;
  const guest = await startService({ KEYFAST_MONGODB_DATABASE: database });
  expect(await leases().countDocuments()).toBe(4);
  await guest.leave();
  expect(await leases().countDocuments()).toBe(3);
});
