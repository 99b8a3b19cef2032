/** What a transaction is told of its commit. */
import { once } from "node:events";
import { connect } from "node:net";
import { type ClientSession, type MongoClient, ObjectId, type Timestamp } from "mongodb";
import { afterAll, beforeAll, expect, inject, it } from "vitest";
import { freePort } from "../../src/mongod/free-port.ts";
import { createClient, inTransaction } from "../../src/store/connection.ts";
import { newDatabase } from "../support/service.ts";

let client: MongoClient;
const database = newDatabase();
beforeAll(() => {
  client = createClient(inject("mongodbUri"));
});
afterAll(async () => {
  await client.db(database).dropDatabase();
  await client.close();
});

const insert = (session: ClientSession) =>
  client.db(database).collection("things").insertOne({ _id: new ObjectId() }, { session });

/** The same client, its sessions changed. */
const withSessions = (change: (session: ClientSession) => void): Pick<MongoClient, "withSession"> => ({
  withSession: ((run: (session: ClientSession) => Promise<unknown>) =>
    client.withSession((session) => {
      change(session);
      return run(session);
    })) as MongoClient["withSession"],
});

/** A failure of a real socket. */
async function socketError(): Promise<Error> {
  const [error] = await once(connect(await freePort(), "127.0.0.1"), "error").catch((thrown) => [thrown]);
  return error;
}

it("its time is after all that was written in it", async () => {
  let before: Timestamp | undefined;
  const { time } = await inTransaction(client, async (session) => {
    await insert(session);
    before = session.operationTime;
  });
  expect(before && time?.greaterThan(before)).toBe(true);
});

// A server that has just started tells no time for a while, and that cannot be brought about at will.
it("its time is unknown where the commit told none, whatever was told before it", async () => {
  const silent = withSessions((session) => {
    const commit = session.commitTransaction.bind(session);
    session.commitTransaction = async () => {
      const { operationTime } = session;
      await commit();
      Object.assign(session, { operationTime });
    };
  });
  const { time } = await inTransaction(silent, insert);
  expect(time).toBeUndefined();
});

it.each(["in it", "as it is committed"])(
  "a connection that breaks %s is told as DATABASE_UNAVAILABLE, also where the driver does not see that it is one",
  async (when) => {
    const error = await socketError();
    const broken = withSessions((session) => {
      if (when !== "in it") session.commitTransaction = () => Promise.reject(error);
    });
    const work = async (session: ClientSession) => {
      await insert(session);
      if (when === "in it") throw error;
    };
    await expect(inTransaction(broken, work)).rejects.toMatchObject({ reason: "DATABASE_UNAVAILABLE" });
  },
);
