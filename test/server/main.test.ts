import { once } from "node:events";
import { readFileSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { MongoClient } from "mongodb";
import { describe, expect, inject, it, onTestFinished } from "vitest";
import { newDatabase, OPERATOR_TOKEN, PEPPER, SERVICE_TOKEN } from "../support/service.ts";
import { sendHttp } from "../support/wire.ts";
import { type Ready, run, startMain, temporaryFolder, untilReady } from "./support/process.ts";

const secretsIn = (folder: string) =>
  ["operator-token", "service-token", "pepper"].map((name) =>
    readFileSync(join(folder, name), "utf8").trim(),
  );

/** The command that was printed for pasting. */
function pastedCommand({ output }: Ready): string {
  const command = /npx buf curl[^\n]*\\\n(?:.*\\\n)*.*/.exec(output())?.[0];
  if (!command) throw new Error(`nothing to paste in:\n${output()}`);
  return command;
}

const isAlive = (pid: number) => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

/** The first line of mongod's lock file is its process id. */
const mongodPid = (folder: string) =>
  Number.parseInt(readFileSync(join(folder, "mongodb", "data", "mongod.lock"), "utf8"), 10);

async function ownDatabase(settings: NodeJS.ProcessEnv = {}): Promise<NodeJS.ProcessEnv> {
  const name = newDatabase();
  onTestFinished(async () => {
    const client = new MongoClient(inject("mongodbUri"));
    await client.db(name).dropDatabase();
    await client.close();
  });
  return {
    KEYFAST_MONGODB_URI: inject("mongodbUri"),
    KEYFAST_MONGODB_DATABASE: name,
    KEYFAST_PEPPER: PEPPER,
    KEYFAST_OPERATOR_TOKENS: OPERATOR_TOKEN,
    ...settings,
  };
}

describe("on a local database", () => {
  it("what is printed can be pasted, keys outlive a restart, the demo tells its story, and no secret is printed", async () => {
    const folder = await temporaryFolder();
    const first = await untilReady(startMain({ KEYFAST_DATA_DIR: folder }));
    expect(first.output()).toContain(join(folder, "operator-token"));
    expect(first.output()).toContain(join(folder, "service-token"));
    expect(await sendHttp(first.httpUrl, { method: "GET", path: "/healthz" })).toMatchObject({ status: 200 });

    const pasted = run("bash", ["-c", pastedCommand(first)]);
    expect(await pasted.exited, pasted.output()).toMatchObject({ code: 0 });
    const created = JSON.parse(/\{[\s\S]*\}/.exec(pasted.output())?.[0] ?? "") as {
      key: string;
      apiKey: { keyId: string };
    };
    expect(created.key).toMatch(/^kf_dev_[0-9A-Za-z]{65}$/);

    const mongod = mongodPid(folder);
    first.child.kill("SIGTERM");
    expect(await first.exited).toEqual({ code: 0, signal: null });
    expect(isAlive(mongod)).toBe(false);

    const second = await untilReady(startMain({ KEYFAST_DATA_DIR: folder }));
    const [operatorToken = "", serviceToken = ""] = secretsIn(folder);
    const verified = await sendHttp(second.httpUrl, {
      path: "/keyfast.v1.ApiKeyService/VerifyApiKey",
      headers: { "content-type": "application/json", authorization: `Bearer ${serviceToken}` },
      body: JSON.stringify({ key: created.key }),
    });
    expect(JSON.parse(verified.body.toString())).toMatchObject({
      verdict: "VERDICT_VALID",
      identity: { keyId: created.apiKey.keyId },
    });

    const demo = run(process.execPath, ["scripts/demo.ts"], {
      KEYFAST_DATA_DIR: folder,
      KEYFAST_GRPC_PORT: new URL(second.grpcUrl).port,
    });
    expect(await demo.exited, demo.output()).toMatchObject({ code: 0 });
    const verdicts = demo.output().match(/ (VALID|INSUFFICIENT_PERMISSIONS|NOT_FOUND)\b/g);
    expect(verdicts).toEqual([" VALID", " INSUFFICIENT_PERMISSIONS", " NOT_FOUND"]);

    second.child.kill("SIGINT");
    expect(await second.exited).toEqual({ code: 0, signal: null });
    const printed = [first, second, demo].map(({ output }) => output()).join("\n");
    for (const secret of [...secretsIn(folder), operatorToken, created.key])
      expect(printed).not.toContain(secret);
  });

  it("a second service on the folder is refused with words, and the first goes on", async () => {
    const folder = await temporaryFolder();
    const first = await untilReady(startMain({ KEYFAST_DATA_DIR: folder }));
    const second = startMain({ KEYFAST_DATA_DIR: folder });
    expect(await second.exited).toEqual({ code: 2, signal: null });
    expect(second.output()).toContain("KEYFAST_DATA_DIR");
    expect(await sendHttp(first.httpUrl, { method: "GET", path: "/healthz" })).toMatchObject({ status: 200 });
  });

  it("a database that dies is told, and ends the service with 3", async () => {
    const folder = await temporaryFolder();
    const service = await untilReady(startMain({ KEYFAST_DATA_DIR: folder }));
    process.kill(mongodPid(folder), "SIGKILL");
    expect(await service.exited).toEqual({ code: 3, signal: null });
    expect(service.output()).toContain(join(folder, "mongodb", "mongod.log"));
  });

  it("a signal while it still starts stops it in order, the database too", async () => {
    const folder = await temporaryFolder();
    const service = startMain({ KEYFAST_DATA_DIR: folder });
    while (!service.output().includes("Starting MongoDB")) await once(service.child, "line");
    service.child.kill("SIGINT");
    expect(await service.exited).toEqual({ code: 0, signal: null });
    expect(service.output()).not.toContain("ready");
    // What mongod leaves behind when it was shut down and did not just end.
    expect(readFileSync(join(folder, "mongodb", "data", "mongod.lock"), "utf8")).toBe("");
  });

  it("a lost pepper is not replaced", async () => {
    const folder = await temporaryFolder();
    const first = await untilReady(startMain({ KEYFAST_DATA_DIR: folder }));
    first.child.kill("SIGTERM");
    await first.exited;
    rmSync(join(folder, "pepper"));
    const second = startMain({ KEYFAST_DATA_DIR: folder });
    expect(await second.exited).toEqual({ code: 2, signal: null });
    expect(second.output()).toContain("pepper is gone");
  });

  it("the demo says what to do where no service runs", async () => {
    const folder = await temporaryFolder();
    const demo = run(process.execPath, ["scripts/demo.ts"], { KEYFAST_DATA_DIR: folder });
    expect(await demo.exited).toMatchObject({ code: 1 });
    expect(demo.output()).toContain("npm start");
  });
});

describe("on a database of one's own", () => {
  it("serves with the given secrets, makes no folder, and stops with 0", async () => {
    const folder = join(await temporaryFolder(), "none");
    const services = JSON.stringify([{ name: "s", token: SERVICE_TOKEN }]);
    const env = await ownDatabase({ KEYFAST_DATA_DIR: folder, KEYFAST_SERVICE_TOKENS: services });
    const service = await untilReady(startMain(env));
    const { status } = await sendHttp(service.httpUrl, {
      path: "/keyfast.v1.ApiKeyService/ListApiKeys",
      headers: { "content-type": "application/json", authorization: `Bearer ${OPERATOR_TOKEN}` },
      body: '{"projectId":"p"}',
    });
    expect(status).toBe(200);
    service.child.kill("SIGTERM");
    expect(await service.exited).toEqual({ code: 0, signal: null });
    expect(() => readFileSync(join(folder, "operator-token"))).toThrow("ENOENT");
    for (const secret of [OPERATOR_TOKEN, SERVICE_TOKEN, PEPPER])
      expect(service.output()).not.toContain(secret);
  });

  it("a second signal ends it at once, while the first still waits", async () => {
    const service = await untilReady(startMain(await ownDatabase({ KEYFAST_SHUTDOWN_DELAY_MS: "60000" })));
    service.child.kill("SIGTERM");
    while (!service.output().includes("stopping")) await once(service.child, "line");
    // One that comes very soon is taken for the first.
    const again = setInterval(() => service.child.kill("SIGTERM"), 50);
    onTestFinished(() => clearInterval(again));
    expect(await service.exited).toEqual({ code: 1, signal: null });
  });

  it("a database that cannot be reached is told with its address and without the password, and ends with 3", async () => {
    const env = await ownDatabase({
      KEYFAST_MONGODB_URI: "mongodb://user:hunter2@127.0.0.1:1/?replicaSet=rs&serverSelectionTimeoutMS=200",
    });
    const service = startMain(env);
    expect(await service.exited).toEqual({ code: 3, signal: null });
    expect(service.output()).toContain("127.0.0.1:1");
    expect(service.output()).not.toMatch(/hunter2|\n\s+at /);
  });

  it("a port that another program has is named, and ends with 2", async () => {
    const other = createServer().listen(0, "127.0.0.1");
    await once(other, "listening");
    onTestFinished(() => void other.close());
    const { port } = other.address() as { port: number };
    const service = startMain(await ownDatabase({ KEYFAST_GRPC_PORT: String(port) }));
    expect(await service.exited).toEqual({ code: 2, signal: null });
    expect(service.output()).toContain(`port ${port} of 127.0.0.1 cannot be opened`);
  });

  it("a configuration with problems is told before anything is touched, and ends with 2", async () => {
    const service = startMain({
      KEYFAST_MONGODB_URI: "mongodb://user:hunter2@db/",
      KEYFAST_NONSENSE: "hunter2",
    });
    expect(await service.exited).toEqual({ code: 2, signal: null });
    for (const name of ["KEYFAST_NONSENSE", "KEYFAST_PEPPER", "KEYFAST_OPERATOR_TOKENS"]) {
      expect(service.output()).toContain(name);
    }
    expect(service.output()).not.toMatch(/hunter2|\n\s+at /);
  });
});
