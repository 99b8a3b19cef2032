import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, expect, it } from "vitest";
import { createKey } from "../support/keys.ts";
import {
  OPERATOR_TOKEN,
  PINNED_TOKEN,
  SERVICE_TOKEN,
  startService,
  TESTED_DOOR,
  type TestService,
} from "../support/service.ts";
import { buildClient } from "./cpp/build.ts";

const COMPILING_MS = 600_000;

let service: TestService;
let folder: string;
let client: string;

beforeAll(async () => {
  service = await startService();
  folder = await mkdtemp(join(tmpdir(), "keyfast-cpp-"));
  client = await buildClient(folder);
}, COMPILING_MS);
afterAll(async () => {
  await service.stop();
  await rm(folder, { recursive: true, force: true });
});

/** How the calls ended, one for each key. */
async function verify(token: string, keys: readonly string[], deadlineMs = 30_000): Promise<string[]> {
  const child = spawn(client, [new URL(service.grpcUrl).host, token, `${deadlineMs}`], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  child.stdin.end(keys.map((key) => `${key}\n`).join(""));
  const [printed, [code]] = await Promise.all([text(child.stdout), once(child, "close")]);
  expect(code).toBe(0);
  return printed.trimEnd().split("\n");
}

it("C++'s gRPC is told of a key that it is valid, and after it was deleted that it is not", async () => {
  const operator = service.grpc(OPERATOR_TOKEN);
  const { key, keyId } = await createKey(operator);
  expect(await verify(SERVICE_TOKEN, [key, "no key"])).toEqual([
    "OK VERDICT_VALID demo",
    "OK VERDICT_MALFORMED",
  ]);
  await operator.deleteApiKey({ projectId: "demo", keyId });
  expect(await verify(SERVICE_TOKEN, [key])).toEqual(["OK VERDICT_NOT_FOUND"]);
});

it("C++'s gRPC has many calls on one connection answered on the short path, with its deadlines and metadata", async () => {
  const { key } = await createKey(service.grpc(OPERATOR_TOKEN));
  const before = service.generalDoor.length;
  const keys = Array.from({ length: 200 }, (_, i) => (i % 2 === 0 ? key : "no key"));
  const expected = keys.map((text) => (text === key ? "OK VERDICT_VALID demo" : "OK VERDICT_MALFORMED"));
  expect(await verify(SERVICE_TOKEN, keys)).toEqual(expected);
  expect(service.generalDoor.length - before).toBe(TESTED_DOOR === "short" ? 0 : keys.length);
});

it("C++'s gRPC is told status and reason of an error", async () => {
  const { key } = await createKey(service.grpc(OPERATOR_TOKEN));
  expect(await verify("nobody", [key])).toEqual(["16 CREDENTIAL_INVALID"]);
  expect(await verify(key, [key])).toEqual(["7 METHOD_NOT_ALLOWED"]);
});

it("C++'s gRPC gives up at a deadline that has passed, and its next call is answered", async () => {
  expect(await verify(SERVICE_TOKEN, ["no key"], 0)).toEqual(["4 none"]);
  expect(await verify(PINNED_TOKEN, ["no key"])).toEqual(["OK VERDICT_MALFORMED"]);
});
