/** What a transaction is told of its commit. */
import { once } from "node:events";
import { type AddressInfo, connect, createServer } from "node:net";
import { type ClientSession, type MongoClient, ObjectId, type Timestamp } from "mongodb";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { freePort } from "../../src/mongod/free-port.ts";
import { attempt, createClient, inTransaction } from "../../src/store/connection.ts";
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

/** The failure of a real socket that finds nobody: a system call's. */
async function refused(): Promise<Error> {
  const [error] = await once(connect(await freePort(), "127.0.0.1"), "error").catch((thrown) => [thrown]);
  return error;
}

/** The failure of a real socket that is written to before it has closed after the other side: Node's own, of no system call. */
async function endedByTheOther(): Promise<Error> {
  const server = createServer((peer) => peer.end()).listen(0, "127.0.0.1");
  await once(server, "listening");
  const socket = connect((server.address() as AddressInfo).port, "127.0.0.1").resume();
  const failed = once(socket, "error").catch((thrown) => [thrown]);
  await once(socket, "end");
  // Node ends its own side in the next tick, and then waits for the system.
  await new Promise<void>((resolve) => process.nextTick(() => process.nextTick(resolve)));
  socket.write("a question");
  const [error] = await failed;
  server.close();
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

describe.each([
  ["finds nobody", refused],
  ["was ended by the other side", endedByTheOther],
])("a connection that %s is told as DATABASE_UNAVAILABLE", (_, breaks) => {
  it.each(["in it", "as it is committed"])(
    "%s, also where the driver does not see what it is",
    async (when) => {
      const error = await breaks();
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

  it("by itself", async () => {
    const error = await breaks();
    await expect(attempt(() => Promise.reject(error))).rejects.toMatchObject({
      reason: "DATABASE_UNAVAILABLE",
    });
  });
});
