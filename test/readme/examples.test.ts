/** Everything that README shows is run as it stands there, against the real service. */
import { execFile } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, it } from "vitest";
import { createKey, Environment, PermissionLevel, Resource, restricted } from "../support/keys.ts";
import { OPERATOR_TOKEN, SERVICE_TOKEN, startService, type TestService } from "../support/service.ts";
import { blocks, ROOT } from "./support/readme.ts";

const run = promisify(execFile);
const EXAMPLES = readdirSync(`${ROOT}examples`);
const readCalls = restricted([Resource.CALLS, PermissionLevel.READ]);

let service: TestService;
let folder: string;

beforeAll(async () => {
  service = await startService();
  folder = mkdtempSync(join(tmpdir(), "keyfast-readme-"));
  writeFileSync(join(folder, "operator-token"), `${OPERATOR_TOKEN}\n`, { mode: 0o600 });
  writeFileSync(join(folder, "service-token"), `${SERVICE_TOKEN}\n`, { mode: 0o600 });
});
afterAll(async () => {
  rmSync(folder, { recursive: true, force: true });
  await service.stop();
});

/** The environment without variables of Keyfast's own. */
const cleanEnvironment = () =>
  Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("KEYFAST_")));

async function runFile(path: string, env: Record<string, string>): Promise<string> {
  const { stdout } = await run(process.execPath, [path], {
    cwd: ROOT,
    env: { ...cleanEnvironment(), ...env },
    timeout: 30_000,
  });
  return stdout;
}

interface CurlAnswer {
  readonly apiKey?: { readonly keyId: string };
  readonly key?: string;
}

/** Runs the one block of shell that calls the method; only the addresses and the data folder are changed. */
async function paste(method: string, env: Record<string, string> = {}): Promise<CurlAnswer> {
  const [block, ...more] = blocks("sh").filter((text) => text.includes(`ApiKeyService/${method}\n`));
  if (block === undefined || more.length > 0)
    throw new Error(`README has not one block that calls ${method}`);
  const line = block
    .replaceAll("http://127.0.0.1:8080/", `${service.httpUrl}/`)
    .replaceAll("http://127.0.0.1:9090/", `${service.grpcUrl}/`)
    .replaceAll(".keyfast/", `${folder}/`);
  const options = { cwd: ROOT, env: { ...cleanEnvironment(), ...env }, timeout: 30_000 };
  const { stdout } = await run("bash", ["-euo", "pipefail", "-c", line], options);
  const answer = JSON.parse(stdout) as CurlAnswer;
  if (answer.key) service.secrets.add(answer.key);
  return answer;
}

it("quotes every example, each as its file stands", () => {
  const files = EXAMPLES.map((name) => readFileSync(`${ROOT}examples/${name}`, "utf8"));
  expect(files.length).toBeGreaterThan(0);
  expect(blocks("ts").sort()).toEqual(files.sort());
});

it("the Connect example sees its key allowed, denied, and gone once it is deleted", async () => {
  const printed = await runFile("examples/connect.ts", {
    BASE_URL: service.httpUrl,
    TOKEN_FILE: join(folder, "operator-token"),
  });
  expect(printed.trimEnd().split("\n")).toEqual([
    "read:    VERDICT_VALID",
    "write:   VERDICT_INSUFFICIENT_PERMISSIONS",
    "deleted: VERDICT_NOT_FOUND",
  ]);
});

it("the gRPC-Web example lists the keys of its project, and reads why a call failed", async () => {
  const { apiKey } = await createKey(service.grpc(OPERATOR_TOKEN), { displayName: "One of the list" });
  const printed = await runFile("examples/grpc-web.ts", {
    BASE_URL: service.httpUrl,
    TOKEN_FILE: join(folder, "operator-token"),
  });
  expect(printed).toContain(`${apiKey.obfuscatedKey} One of the list\n`);
  expect(printed).toMatch(/\nNotFound KEY_NOT_FOUND\n$/);
});

it("the grpc-js example lets in a key that may, and none that may not", async () => {
  const operator = service.grpc(OPERATOR_TOKEN);
  const good = await createKey(operator, { access: readCalls });
  const elsewhere = await createKey(operator, { access: readCalls, environment: Environment.STAGING });
  const ask = (key: string) =>
    runFile("examples/grpc-js.ts", {
      GRPC_ADDRESS: new URL(service.grpcUrl).host,
      TOKEN_FILE: join(folder, "service-token"),
      API_KEY: key,
    });
  expect(await ask(good.key)).toBe("VERDICT_VALID demo\n");
  expect(await ask(elsewhere.key)).toBe("VERDICT_WRONG_ENVIRONMENT refused\n");
  expect(await ask("")).toBe("VERDICT_MALFORMED refused\n");
});

it("the lines of buf curl create a key, list it and verify it", async () => {
  const { apiKey, key } = await paste("CreateApiKey");
  expect(key).toMatch(/^kf_dev_/);
  const keyId = apiKey?.keyId;
  expect(keyId).toHaveLength(16);
  const listed = await paste("ListApiKeys");
  expect(listed).toMatchObject({ apiKeys: [{ keyId }], totalSize: 1 });
  const verified = await paste("VerifyApiKey", { API_KEY: key ?? "" });
  expect(verified).toMatchObject({ verdict: "VERDICT_VALID", identity: { keyId } });
});

it("the demo tells its story to the end", async () => {
  const { scripts } = JSON.parse(readFileSync(`${ROOT}package.json`, "utf8"));
  expect(scripts.demo).toBe("node scripts/demo.ts");
  const printed = await runFile("scripts/demo.ts", {
    KEYFAST_DATA_DIR: folder,
    KEYFAST_GRPC_PORT: new URL(service.grpcUrl).port,
  });
  const verdicts = [...printed.matchAll(/\?\s+([A-Z_]+)/g)].map(([, verdict]) => verdict);
  expect(verdicts).toEqual(["VALID", "INSUFFICIENT_PERMISSIONS", "NOT_FOUND"]);
});
