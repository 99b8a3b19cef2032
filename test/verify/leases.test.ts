/** The list of leases in a real MongoDB. */
import { MongoClient, ObjectId, Timestamp } from "mongodb";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { createClient } from "../../src/store/connection.ts";
import { LeaseCollection } from "../../src/store/leases.ts";
import { newDatabase } from "../support/service.ts";

let client: MongoClient;
let leases: LeaseCollection;
beforeAll(() => {
  client = createClient(inject("mongodbUri"));
  leases = new LeaseCollection(client.db(newDatabase()));
});
afterAll(async () => {
  await leases.collection.drop();
  await client.close();
});

const at = (t: number) => new Timestamp({ t, i: 1 });
const LIST_MS = 40_000;

describe("the list of leases", () => {
  it("is complete, however many replicas died and left theirs in it", async () => {
    const dead = Array.from({ length: 10_100 }, () => ({
      _id: new ObjectId(),
      length_ms: 400,
      applied: at(1),
      fenced: false,
      renewals: 0,
    }));
    await leases.collection.insertMany(dead);
    expect(await leases.listAfter(at(1), LIST_MS)).toHaveLength(dead.length);
    await leases.collection.deleteMany({});
  });

  it("shows a lease as of its registration, and a mark as of the time that its write told", async () => {
    const id = leases.newId();
    const registeredAt = await leases.insert(id, 400, at(1));
    expect(await leases.listAfter(registeredAt, LIST_MS)).toEqual([
      { id, lengthMs: 400, applied: at(1), fenced: false },
    ]);
    const markedAt = await leases.fence([id], at(2));
    expect(markedAt.greaterThan(registeredAt)).toBe(true);
    expect(await leases.listAfter(markedAt, LIST_MS)).toMatchObject([{ id, fenced: true }]);
    expect(await leases.renew(id, at(3), LIST_MS)).toBe(false);
    await leases.removeFenced([id]);
    expect(await leases.listAfter(markedAt, LIST_MS)).toEqual([]);
  });

  it("is asked of a majority, at or after the time that is given", async () => {
    const watched = new MongoClient(inject("mongodbUri"), {
      monitorCommands: true,
      readConcern: { level: "majority" },
    });
    const concerns: unknown[] = [];
    watched.on("commandStarted", ({ commandName, command }) => {
      if (commandName === "find") concerns.push(command.readConcern);
    });
    const time = await leases.insert(leases.newId(), 400, at(1));
    await new LeaseCollection(watched.db(leases.collection.dbName)).listAfter(time, LIST_MS);
    expect(concerns).toEqual([{ level: "majority", afterClusterTime: time }]);
    await watched.close();
  });

  it("marks nobody who has applied the deletion", async () => {
    const id = leases.newId();
    await leases.insert(id, 400, at(5));
    await leases.fence([id], at(5));
    expect(await leases.renew(id, at(6), LIST_MS)).toBe(true);
  });
});
