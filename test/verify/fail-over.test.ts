/** A three-member set of its own, hurt in the middle of calls. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Code, ConnectError } from "@connectrpc/connect";
import { afterAll, beforeAll, expect, it } from "vitest";
import { Verdict } from "../../gen/keyfast/v1/api_key_pb.ts";
import { findMongod } from "../../src/mongod/binary.ts";
import { defaultCacheDir } from "../../src/mongod/cache-dir.ts";
import { type ReplicaSet, startReplicaSet } from "../../src/mongod/replica-set.ts";
import { createKey } from "../support/keys.ts";
import { OPERATOR_TOKEN, SERVICE_TOKEN, startService, type TestService } from "../support/service.ts";

let directory: string;
let set: ReplicaSet;
let service: TestService;
beforeAll(async () => {
  const mongod = await findMongod({
    explicit: process.env.KEYFAST_MONGOD,
    cacheDir: defaultCacheDir(),
    progress: console.log,
  });
  directory = await mkdtemp(join(tmpdir(), "keyfast-fail-over-"));
  set = await startReplicaSet({ mongod, directory, members: 3 });
  service = await startService({ KEYFAST_MONGODB_URI: set.uri, KEYFAST_LEASE_MS: "3000" });
});
afterAll(async () => {
  for (const member of set.members) member.resume();
  await set.ready();
  await service.stop();
  await set.stop();
  await rm(directory, { recursive: true, force: true });
});

const operator = () => service.grpc(OPERATOR_TOKEN);
const verdictOf = async (key: string) => (await service.grpc(SERVICE_TOKEN).verifyApiKey({ key })).verdict;

/** Runs `work` again until it is told something else than UNAVAILABLE; anything else that fails is a fault. */
async function whenAvailable<T>(work: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (ConnectError.from(error).code !== Code.Unavailable) throw error;
    }
  }
}

it("a primary killed in the middle of calls loses nothing that was acknowledged, and nothing hangs", async () => {
  const acknowledged: string[] = [];
  const refusals = new Set<Code>();
  let over = false;
  const create = async () => {
    while (!over) {
      try {
        acknowledged.push((await createKey(operator(), { projectId: "killed" })).key);
      } catch (error) {
        refusals.add(ConnectError.from(error).code);
      }
    }
  };
  const creators = [create(), create(), create()];
  await expect.poll(() => acknowledged.length, { timeout: 40_000 }).toBeGreaterThan(10);
  const primary = await set.primary();
  await primary.kill();
  const before = acknowledged.length;
  await expect.poll(() => acknowledged.length, { timeout: 40_000 }).toBeGreaterThan(before + 10);
  over = true;
  await Promise.all(creators);
  await primary.restart();
  await set.ready();
  const faults = service.logged.filter((line) => line.includes("a call failed"));
  for (const code of refusals) expect(Code[code], faults.join("\n")).toBe("Unavailable");
  for (const key of acknowledged) expect(await whenAvailable(() => verdictOf(key))).toBe(Verdict.VALID);
}, 120_000);

it("without a database answers go on from memory while the lease lasts, then UNAVAILABLE, then recover by themselves", async () => {
  const known = await whenAvailable(() => createKey(operator()));
  const unknown = await whenAvailable(() => createKey(operator()));
  await expect.poll(() => whenAvailable(() => verdictOf(known.key)), { timeout: 40_000 }).toBe(Verdict.VALID);
  for (const member of set.members) member.pause();
  try {
    expect(await verdictOf(known.key)).toBe(Verdict.VALID);
    await expect(verdictOf(unknown.key)).rejects.toMatchObject({ code: Code.Unavailable });
    const told = async () =>
      verdictOf(known.key).then(
        (verdict) => verdict,
        (error: unknown) => Code[ConnectError.from(error).code],
      );
    await expect.poll(told, { timeout: 30_000 }).toBe("Unavailable");
  } finally {
    for (const member of set.members) member.resume();
  }
  expect(await whenAvailable(() => verdictOf(unknown.key))).toBe(Verdict.VALID);
  const { keyId } = known;
  await whenAvailable(() => operator().deleteApiKey({ projectId: "demo", keyId })).catch((error: unknown) => {
    // A Delete whose answer was lost is told NOT_FOUND when it is repeated.
    expect(ConnectError.from(error).code).toBe(Code.NotFound);
  });
  expect(await whenAvailable(() => verdictOf(known.key))).toBe(Verdict.NOT_FOUND);
}, 120_000);

it("answers go on from memory also where the database has died, and recover when it is back", async () => {
  const known = await whenAvailable(() => createKey(operator()));
  await expect.poll(() => whenAvailable(() => verdictOf(known.key)), { timeout: 40_000 }).toBe(Verdict.VALID);
  await Promise.all(set.members.map((member) => member.kill()));
  // One lease has been lost by then: connections that break are noticed at once.
  const lost = () => service.logged.some((line) => line.includes("deletions cannot be followed"));
  await expect.poll(lost, { timeout: 10_000, interval: 5 }).toBe(true);
  expect(await verdictOf(known.key)).toBe(Verdict.VALID);
  const told = () => verdictOf(known.key).catch((error: unknown) => Code[ConnectError.from(error).code]);
  await expect.poll(told, { timeout: 30_000 }).toBe("Unavailable");
  await Promise.all(set.members.map((member) => member.restart()));
  await set.ready();
  expect(await whenAvailable(() => verdictOf(known.key))).toBe(Verdict.VALID);
  // The place of the memory that was ridden out on is given up, or each Delete would wait for it.
  const leases = () => service.db.collection("leases").countDocuments();
  await expect.poll(leases, { timeout: 20_000 }).toBe(1);
}, 120_000);
