/** What no ordinary client sends, to both doors that answer Verify by gRPC: they must tell the same. */
import type { ClientHttp2Session } from "node:http2";
import { setTimeout as delay } from "node:timers/promises";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { createKey, PermissionLevel, Resource, restricted } from "../support/keys.ts";
import { newDatabase, OPERATOR_TOKEN, startService, type TestService } from "../support/service.ts";
import { ask, askRaw, openSession, type RawUnaryAnswer, VERIFY_PATH } from "./support/unary.ts";
import { CASES, type Keys, usual, VALID, whole } from "./support/verify-calls.ts";

async function createKeys(service: TestService): Promise<Keys> {
  const operator = service.grpc(OPERATOR_TOKEN);
  const each = Object.values(Resource).filter((resource) => resource > 0);
  const [good, manager, longest] = [
    await createKey(operator),
    await createKey(operator, { access: restricted([Resource.API_KEYS, PermissionLevel.WRITE]) }),
    await createKey(operator, {
      projectId: "p".repeat(64),
      displayName: "\u{1f5dd}".repeat(100),
      access: restricted(
        ...each.map((resource): [Resource, PermissionLevel] => [resource, PermissionLevel.READ]),
      ),
      expireTime: timestampFromMs(Date.now() + 86_400_000),
    }),
  ];
  return { good: good.key, manager: manager.key, longest: longest.key };
}

describe.each(["short", "general"] as const)("by the %s door", (door) => {
  let service: TestService;
  let keys: Keys;
  let session: ClientHttp2Session;
  const atGeneralDoor = () => service.generalDoor.filter((path) => path.startsWith(VERIFY_PATH)).length;
  beforeAll(async () => {
    service = await startService({}, door);
    keys = await createKeys(service);
  });
  beforeEach(async () => {
    session = await openSession(service.grpcUrl);
  });
  afterAll(() => service.stop());

  it.each(CASES)("$name", async ({ call, told, by }) => {
    const before = atGeneralDoor();
    expect(await ask(session, call(keys))).toEqual(told);
    expect(atGeneralDoor() - before).toBe(door === "general" || by === "general" ? 1 : 0);
    expect(await ask(session, usual(keys))).toEqual(VALID);
  });

  it("a body that takes its time is answered when it has come", async () => {
    const before = atGeneralDoor();
    const pause = () => vi.waitFor(() => expect(atGeneralDoor() - before).toBe(1), { timeout: 20_000 });
    const body = [whole(keys).subarray(0, 20), whole(keys).subarray(20)];
    expect(await ask(session, { body, pause })).toEqual(VALID);
  });
});

describe.each(["short", "general"] as const)("by the %s door, where a call gets a second", (door) => {
  let service: TestService;
  let keys: Keys;
  beforeAll(async () => {
    service = await startService({ KEYFAST_CALL_TIMEOUT_MS: "1000" }, door);
    keys = await createKeys(service);
  });
  afterAll(() => service.stop());

  it.each([undefined, "10S"])("a body may take longer, with a deadline of %s", async (timeout) => {
    const session = await openSession(service.grpcUrl);
    const body = [whole(keys).subarray(0, 20), whole(keys).subarray(20)];
    const call = { headers: { "grpc-timeout": timeout }, body, pause: () => delay(1_200) };
    expect(await ask(session, call)).toEqual(VALID);
  });
});

describe("both doors", () => {
  const services: TestService[] = [];
  let keys: Keys;
  beforeAll(async () => {
    const database = { KEYFAST_MONGODB_DATABASE: newDatabase() };
    services.push(await startService(database, "short"), await startService(database, "general"));
    keys = await createKeys(services[0] as TestService);
  });
  afterAll(async () => {
    const [first, second] = services;
    await first?.leave();
    await second?.stop();
  });

  /**
   * All that an answer tells, but when it was made. The doors differ in two ways that gRPC leaves open, and in no other:
   * an error, which has no message, is told in the headers by the short one and behind them by the general one; and the
   * general one names a compression that the client takes also where it does not use it.
   */
  const toldIn = ({ headers, trailers, body, ...answer }: RawUnaryAnswer) => {
    const { date, "grpc-encoding": encoding, ...named } = headers;
    expect(date).toMatch(/ GMT$/);
    const isFramed = headers["content-type"]?.startsWith("application/grpc") && body.length > 0;
    const isCompressed = isFramed && body[0] === 1;
    if (body.length === 0) return { ...answer, body, told: { ...named, ...trailers } };
    return { ...answer, body, named, trailers, encoding: isCompressed ? encoding : undefined };
  };

  it.each(CASES)("tell the same in every header, trailer and byte: $name", async ({ call }) => {
    const [short, general] = await Promise.all(
      services.map(async ({ grpcUrl }) => toldIn(await askRaw(await openSession(grpcUrl), call(keys)))),
    );
    expect(short).toEqual(general);
  });
});
