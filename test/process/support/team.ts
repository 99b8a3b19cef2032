/** A main process with several workers, and what can be seen of it from outside. */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { createClient } from "@connectrpc/connect";
import { createGrpcTransport, Http2SessionManager } from "@connectrpc/connect-node";
import { MongoClient } from "mongodb";
import { inject, onTestFinished } from "vitest";
import { ApiKeyService } from "../../../gen/keyfast/v1/api_key_service_pb.ts";
import { type Ready, type Running, startMain, untilReady } from "../../server/support/process.ts";
import { bearer, newDatabase, OPERATOR_TOKEN, testEnvironment } from "../../support/service.ts";

export const WORKERS = 2;

/** Its database goes with the test. */
export async function start(overrides: Record<string, string> = {}) {
  const database = newDatabase();
  const settings = testEnvironment({ KEYFAST_MONGODB_DATABASE: database, KEYFAST_WORKERS: `${WORKERS}` });
  const main = await untilReady(startMain({ ...settings, ...overrides }));
  const mongo = new MongoClient(inject("mongodbUri"));
  onTestFinished(async () => {
    await mongo.db(database).dropDatabase();
    await mongo.close();
  });
  return { main, leases: () => mongo.db(database).collection("leases").countDocuments() };
}

/** The workers of a main process, by their ids. */
export async function workersOf({ child }: Running): Promise<number[]> {
  const { stdout } = await promisify(execFile)("ps", ["-eo", "pid=,ppid=,args="]);
  return stdout
    .split("\n")
    .map((line) => /^ *(\d+) +(\d+) .*workers\/worker\.ts/.exec(line))
    .filter((match) => Number(match?.[2]) === child.pid)
    .map((match) => Number(match?.[1]));
}

/** On a connection of its own. */
export const clientOf = (
  { grpcUrl }: Ready,
  sessionManager: Http2SessionManager = new Http2SessionManager(grpcUrl),
) =>
  createClient(
    ApiKeyService,
    createGrpcTransport({ baseUrl: grpcUrl, sessionManager, interceptors: [bearer(OPERATOR_TOKEN)] }),
  );

/** Each on a connection of its own, so that each worker gets some. */
export const clientsOf = (main: Ready, count: number) => Array.from({ length: count }, () => clientOf(main));

/** What was logged with that message, in its order. */
export const logged = ({ output }: Running, message: string) =>
  output()
    .split("\n")
    .filter((line) => line.startsWith("{"))
    .map((line) => JSON.parse(line))
    .filter(({ msg }) => msg === message);
