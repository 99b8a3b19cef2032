import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, it } from "vitest";
import {
  OPERATOR_TOKEN,
  SERVICE_TOKEN,
  startService,
  TESTED_DOOR,
  type TestService,
} from "../support/service.ts";

const run = promisify(execFile);
const CLIENT = new URL("./python_client.py", import.meta.url).pathname;
let service: TestService;
let folder: string;

beforeAll(async () => {
  service = await startService();
  folder = await mkdtemp(join(tmpdir(), "keyfast-python-"));
  await run("buf", ["build", "proto", "-o", join(folder, "contract.binpb"), "--as-file-descriptor-set"]);
});
afterAll(async () => {
  await service.stop();
  await rm(folder, { recursive: true, force: true });
});

async function call(token: string, method: string, request: unknown) {
  const target = new URL(service.grpcUrl).host;
  const args = [CLIENT, join(folder, "contract.binpb"), target, token, method, JSON.stringify(request)];
  // The system's own interpreter: that is where Debian's packages are.
  return JSON.parse((await run("/usr/bin/python3", args)).stdout);
}

it("Python's gRPC creates, verifies and deletes a key", async () => {
  const wish = {
    projectId: "demo",
    displayName: "Python",
    unrestricted: {},
    environment: "ENVIRONMENT_STAGING",
  };
  const { ok } = await call(OPERATOR_TOKEN, "CreateApiKey", wish);
  const verify = () => call(SERVICE_TOKEN, "VerifyApiKey", { key: ok.key });
  expect((await verify()).ok.verdict).toBe("VERDICT_VALID");
  await call(OPERATOR_TOKEN, "DeleteApiKey", { projectId: "demo", keyId: ok.apiKey.keyId });
  expect((await verify()).ok.verdict).toBe("VERDICT_NOT_FOUND");
});

it("Python's gRPC has its Verify answered on the short path, with its deadline and metadata", async () => {
  const before = service.generalDoor.length;
  expect((await call(SERVICE_TOKEN, "VerifyApiKey", { key: "no key" })).ok.verdict).toBe("VERDICT_MALFORMED");
  const bad = await call(SERVICE_TOKEN, "VerifyApiKey", { projectId: "a/b" });
  expect(bad).toEqual({ code: "INVALID_ARGUMENT", hasDetails: true });
  expect(service.generalDoor.length).toBe(TESTED_DOOR === "short" ? before : before + 2);
});

it("Python's gRPC is told status and details of an error", async () => {
  const refused = await call(SERVICE_TOKEN, "ListApiKeys", { projectId: "demo" });
  expect(refused).toEqual({ code: "PERMISSION_DENIED", hasDetails: true });
});
