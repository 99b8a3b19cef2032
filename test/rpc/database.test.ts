/** A database that is slow, breaks off or says no: UNAVAILABLE or the right answer, in bounded time. */
import { randomUUID } from "node:crypto";
import { Code, ConnectError } from "@connectrpc/connect";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Verdict } from "../../gen/keyfast/v1/api_key_pb.ts";
import { ApiKeyService } from "../../gen/keyfast/v1/api_key_service_pb.ts";
import { newKeyId, newKeyText } from "../../src/domain/key-text.ts";
import { errorOf, expectError, reasonOf } from "../support/errors.ts";
import { aWish, createKey } from "../support/keys.ts";
import { expectRefusal } from "../support/refusals.ts";
import { type CommandFault, type OwnReplicaSet, ownReplicaSet, withFault } from "../support/replica-sets.ts";
import {
  type ApiKeyClient,
  OPERATOR_TOKEN,
  SERVICE_TOKEN,
  startService,
  type TestService,
} from "../support/service.ts";
import { encode, PROTOCOLS, pathOf, sendWire } from "../support/wire.ts";

const { listApiKeys } = ApiKeyService.method;
const CALL_TIMEOUT_MS = 6_000;

let set: OwnReplicaSet;
let service: TestService;
let operator: ApiKeyClient;
beforeAll(async () => {
  set = await ownReplicaSet(1);
  service = await startService({
    KEYFAST_MONGODB_URI: set.uri,
    KEYFAST_CALL_TIMEOUT_MS: `${CALL_TIMEOUT_MS}`,
  });
  operator = service.grpc(OPERATOR_TOKEN);
});
afterAll(async () => {
  await service.stop();
  await set.remove();
});

const keys = () => `${service.config.database}.keys`;
const reads = () => ({ failCommands: ["find", "count"], namespace: keys() });
const slow = (ms: number): CommandFault => ({ ...reads(), blockConnection: true, blockTimeMS: ms });

/** Whether `first` is settled before `second` is. */
const settlesFirst = (first: Promise<unknown>, second: Promise<unknown>) =>
  Promise.race([
    first.then(
      () => true,
      () => true,
    ),
    second.then(
      () => false,
      () => false,
    ),
  ]);

describe("a deadline", () => {
  it("is kept by the server, by every protocol, though the database does not answer", async () => {
    await withFault(set.uri, slow(4_000), "always", async () => {
      const patient = operator.listApiKeys({ projectId: "demo" });
      const hurried = PROTOCOLS.map(async (protocol) => {
        const message = encode(protocol, listApiKeys.input, { projectId: "demo" });
        const { name, of } = protocol.timeoutHeader;
        const headers = { [name]: of(200) };
        const answer = await sendWire(service, protocol, pathOf(listApiKeys), {
          token: OPERATOR_TOKEN,
          message,
          headers,
        });
        expectRefusal(answer, { code: Code.DeadlineExceeded, reason: "DEADLINE_EXCEEDED" });
      });
      expect(await settlesFirst(Promise.all(hurried), patient)).toBe(true);
      await Promise.all(hurried);
      expect((await patient).apiKeys).toEqual([]);
    });
  });

  it("that has passed when the call arrives is DEADLINE_EXCEEDED", async () => {
    for (const protocol of PROTOCOLS) {
      const message = encode(protocol, listApiKeys.input, { projectId: "demo" });
      const headers = { [protocol.timeoutHeader.name]: protocol.timeoutHeader.of(0) };
      const answer = await sendWire(service, protocol, pathOf(listApiKeys), {
        token: OPERATOR_TOKEN,
        message,
        headers,
      });
      expectRefusal(answer, { code: Code.DeadlineExceeded, reason: "DEADLINE_EXCEEDED" });
    }
  });

  it("of the server's own is kept for a call that brings none, or a longer one", async () => {
    const strict = await startService({ KEYFAST_MONGODB_URI: set.uri, KEYFAST_CALL_TIMEOUT_MS: "200" });
    const block = { ...slow(4_000), namespace: `${strict.config.database}.keys` };
    await withFault(set.uri, block, "always", async () => {
      const client = strict.grpc(OPERATOR_TOKEN);
      const calls = [
        client.getApiKey({ projectId: "demo", keyId: "0000000000000000" }),
        client.listApiKeys({ projectId: "demo" }, { timeoutMs: 600_000 }),
      ];
      for (const call of calls) await expectError(call, Code.DeadlineExceeded, "DEADLINE_EXCEEDED");
    });
    await strict.stop();
  });
});

describe("a connection that breaks off once", () => {
  const cut = (command: string, collection?: string): CommandFault => ({
    failCommands: [command],
    closeConnection: true,
    // Leases are written to all the time.
    ...(collection && { namespace: `${service.config.database}.${collection}` }),
  });

  it.each([
    ["insert", "keys"],
    ["insert", "audit_events"],
    ["update", "create_requests"],
    ["commitTransaction", undefined],
  ])("at %s into %s makes one key all the same", async (command, collection) => {
    const projectId = `cut-${command}-${collection}`;
    const wish = { projectId, requestId: randomUUID() };
    const { keyId } = await withFault(set.uri, cut(command, collection), 1, () => createKey(operator, wish));
    const { apiKeys } = await operator.listApiKeys({ projectId });
    expect(apiKeys.map((key) => key.keyId)).toEqual([keyId]);
    const events = await service.db.collection("audit_events").countDocuments({ project_id: projectId });
    expect(events).toBe(1);
  });

  it("at the check of a key that makes keys makes one key all the same", async () => {
    const parent = await createKey(operator, { projectId: "cut-parent" });
    const client = service.grpc(parent.key);
    const child = await withFault(set.uri, cut("findAndModify", "keys"), 1, () =>
      createKey(client, { projectId: "cut-parent" }),
    );
    const { apiKeys } = await operator.listApiKeys({ projectId: "cut-parent" });
    expect(apiKeys.map((key) => key.keyId)).toEqual([child.keyId, parent.keyId]);
  });

  it.each(["find", "count"])("at %s lists what there is", async (command) => {
    const projectId = `read-${command}`;
    const { keyId } = await createKey(operator, { projectId });
    const { apiKeys } = await withFault(set.uri, cut(command, "keys"), 1, () =>
      operator.listApiKeys({ projectId }),
    );
    expect(apiKeys.map((key) => key.keyId)).toEqual([keyId]);
  });

  it.each(["delete", "insert", "commitTransaction"])(
    "at %s deletes the key all the same",
    async (command) => {
      const { key, keyId } = await createKey(operator);
      await withFault(set.uri, cut(command), 1, () => operator.deleteApiKey({ projectId: "demo", keyId }));
      const { verdict } = await service.grpc(SERVICE_TOKEN).verifyApiKey({ key });
      expect(verdict).toBe(Verdict.NOT_FOUND);
    },
  );
});

describe("a commit whose outcome is not known", () => {
  const unknown = {
    failCommands: ["commitTransaction"],
    writeConcernError: { code: 91, errmsg: "shutting down", errorLabels: ["RetryableWriteError"] },
  };

  it("makes one key, which is answered with its secret", async () => {
    const projectId = "unknown-commit";
    const { keyId, key } = await withFault(set.uri, unknown, 1, () => createKey(operator, { projectId }));
    const { apiKeys } = await operator.listApiKeys({ projectId });
    expect(apiKeys.map((listed) => listed.keyId)).toEqual([keyId]);
    expect((await service.grpc(SERVICE_TOKEN).verifyApiKey({ key })).verdict).toBe(Verdict.VALID);
  });
});

describe("a member that is no primary any more", () => {
  const NOT_WRITABLE_PRIMARY = 10_107;
  const stepped = (command: string): CommandFault => ({
    failCommands: [command],
    errorCode: NOT_WRITABLE_PRIMARY,
    ...(command !== "commitTransaction" && { namespace: keys() }),
  });
  /** Where MongoDB says "again" until the end, a transaction goes on until the call's own limit. */
  const EXPECTED = ["DATABASE_UNAVAILABLE", "DEADLINE_EXCEEDED"];

  it.each([
    ["List", "find", () => operator.listApiKeys({ projectId: "demo" })],
    ["Get", "find", () => operator.getApiKey({ projectId: "demo", keyId: "0000000000000000" })],
    ["Create", "insert", () => operator.createApiKey(aWish())],
    ["Create", "commitTransaction", () => operator.createApiKey(aWish())],
    ["Delete", "delete", () => operator.deleteApiKey({ projectId: "demo", keyId: "0000000000000000" })],
  ] as const)(
    "makes %s fail as UNAVAILABLE at %s, never in another way, and passes",
    async (_, command, call) => {
      const error = await withFault(set.uri, stepped(command), "always", () => errorOf(call()));
      expect(EXPECTED).toContain(reasonOf(error));
      await createKey(operator);
    },
  );

  it("makes Verify of an unknown key UNAVAILABLE rather than any verdict", async () => {
    const never = newKeyText("kf", 3, newKeyId());
    const caller = service.grpc(SERVICE_TOKEN);
    await withFault(set.uri, stepped("find"), "always", () =>
      expectError(caller.verifyApiKey({ key: never }), Code.Unavailable, "DATABASE_UNAVAILABLE"),
    );
    expect((await caller.verifyApiKey({ key: never })).verdict).toBe(Verdict.NOT_FOUND);
  });

  it("makes a key as a credential UNAVAILABLE rather than unknown", async () => {
    const client = service.grpc(newKeyText("kf", 3, newKeyId()));
    await withFault(set.uri, stepped("find"), "always", () =>
      expectError(client.listApiKeys({ projectId: "demo" }), Code.Unavailable, "DATABASE_UNAVAILABLE"),
    );
    await expectError(client.listApiKeys({ projectId: "demo" }), Code.Unauthenticated, "CREDENTIAL_INVALID");
  });
});

describe("more calls than there are connections", () => {
  it("are answered or told UNAVAILABLE, and the next are served", async () => {
    const { keyId } = await createKey(operator, { projectId: "crowd" });
    const outcomes = await withFault(set.uri, slow(3_000), "always", () =>
      Promise.allSettled(
        Array.from({ length: 200 }, () => operator.getApiKey({ projectId: "crowd", keyId })),
      ),
    );
    const told = outcomes.map((outcome) =>
      outcome.status === "fulfilled"
        ? outcome.value.apiKey?.keyId
        : Code[ConnectError.from(outcome.reason).code],
    );
    expect(new Set(told)).toEqual(new Set([keyId, "Unavailable"]));
    expect((await operator.getApiKey({ projectId: "crowd", keyId })).apiKey?.keyId).toBe(keyId);
  });
});

describe("a fault that is ours", () => {
  it("is INTERNAL, and its cause is in the log and not in the answer", async () => {
    const UNKNOWN_ERROR = 8_000;
    const fault = { ...reads(), errorCode: UNKNOWN_ERROR };
    const lines = service.logged.length;
    const error = await withFault(set.uri, fault, "always", () =>
      expectError(operator.listApiKeys({ projectId: "demo" }), Code.Internal, "INTERNAL"),
    );
    expect(error.rawMessage).toBe("internal error");
    expect(service.logged.slice(lines).join("\n")).toContain(`"code":${UNKNOWN_ERROR}`);
  });
});

describe("the database itself", () => {
  const DOCUMENT_VALIDATION_FAILURE = 121;

  it.each([
    ["an unknown field", { surprise: 1 }],
    ["a level that does not exist", { permissions: [{ resource: 1, level: 4 }] }],
    ["an environment that does not exist", { environment: 0 }],
    ["a digest that is text", { digest: "abc" }],
    ["an id that is none", { _id: "short" }],
    ["no access said", { permissions: undefined }],
  ])("refuses a key with %s", async (_, change) => {
    await createKey(operator, { projectId: "validated" });
    const collection = service.db.collection("keys");
    const good = await collection.findOne({ project_id: "validated" });
    const bad = { ...good, _id: "0123456789ABCDEF", position: "x", ...change } as never;
    await expect(collection.insertOne(bad, { ignoreUndefined: true })).rejects.toMatchObject({
      code: DOCUMENT_VALIDATION_FAILURE,
    });
  });

  it.each(["audit_events", "create_requests", "deletion_markers", "leases", "peppers"])(
    "refuses a document in %s that is none of ours",
    async (name) => {
      await expect(service.db.collection(name).insertOne({ surprise: 1 })).rejects.toMatchObject({
        code: DOCUMENT_VALIDATION_FAILURE,
      });
    },
  );
});
