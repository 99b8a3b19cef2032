/** A replica's lease in a real database, with a wall clock that a test can set. */
import { afterAll, afterEach, beforeAll, beforeEach, expect, inject, it } from "vitest";
import type { LeaseId } from "../../src/store/leases.ts";
import { openStore, type Store } from "../../src/store/store.ts";
import { systemClock } from "../../src/verify/clock.ts";
import { Replica } from "../../src/verify/replica.ts";
import { newDatabase } from "../support/service.ts";

const LEASE_MS = 1_000;
let store: Store;
let replica: Replica;
let wallIsAheadBy: number;
let lost: unknown[];

beforeAll(async () => {
  store = await openStore(inject("mongodbUri"), newDatabase(), []);
});
afterAll(async () => {
  await store.db.dropDatabase();
  await store.close();
});
beforeEach(async () => {
  wallIsAheadBy = 0;
  lost = [];
  replica = new Replica({
    db: store.db,
    leases: store.leases,
    clock: { monotonic: systemClock.monotonic, wall: () => Date.now() + wallIsAheadBy },
    leaseMs: LEASE_MS,
    maxKeys: 10,
    onLost: (cause) => lost.push(cause),
  });
  await replica.start();
});
afterEach(() => replica.leave());

const listed = async () =>
  (await store.leases.collection.find().toArray()).map(({ _id }) => _id.toHexString());

it("gives up its memory at once when wall and monotonic clock jump apart, and registers again by itself", async () => {
  const { memory } = replica;
  const [before] = await listed();
  expect(memory?.lease.isGood()).toBe(true);
  wallIsAheadBy = 3_600_000;
  expect(memory?.lease.isGood()).toBe(false);
  await expect.poll(() => replica.memory?.lease.isGood(), { timeout: 20_000 }).toBe(true);
  expect(replica.memory).not.toBe(memory);
  expect(lost.map(String)).toEqual([expect.stringContaining("have jumped apart")]);
  expect(await listed()).toHaveLength(1);
  expect(await listed()).not.toContain(before);
});

it("counts the deletions that it has followed, over all its registrations", async () => {
  const keys = store.db.collection<{ _id: string }>("keys");
  const deleteOne = async (_id: string) => {
    await keys.insertOne({ _id }, { bypassDocumentValidation: true });
    await keys.deleteOne({ _id });
  };
  const { memory } = replica;
  await deleteOne("first");
  await expect.poll(() => replica.followed, { timeout: 20_000 }).toBe(1);
  wallIsAheadBy = 3_600_000;
  const isAnother = () => replica.memory !== memory && replica.memory?.lease.isGood();
  await expect.poll(isAnother, { timeout: 20_000 }).toBe(true);
  expect(replica.followed).toBe(1);
  await deleteOne("second");
  await expect.poll(() => replica.followed, { timeout: 20_000 }).toBe(2);
});

it("has given up its memory before its lease leaves the list", async () => {
  const { memory } = replica;
  const seen: unknown[] = [];
  const remove = store.leases.remove.bind(store.leases);
  store.leases.remove = (ids: readonly LeaseId[]) => {
    seen.push({ good: memory?.lease.isGood(), held: replica.memory, size: memory?.size });
    return remove(ids);
  };
  try {
    await replica.leave();
  } finally {
    store.leases.remove = remove;
  }
  expect(seen[0]).toEqual({ good: false, held: undefined, size: 0 });
  expect(await listed()).toEqual([]);
});

it("moves on while nothing is deleted, so that a later time than that of the last deletion is confirmed too", async () => {
  const start = replica.memory?.applied;
  const later = await store.leases.insert(store.leases.newId(), 400, start as NonNullable<typeof start>);
  await expect.poll(() => replica.memory?.applied.greaterThanOrEqual(later), { timeout: 20_000 }).toBe(true);
  await store.leases.collection.deleteMany({ length_ms: 400 });
});
