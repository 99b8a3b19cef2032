import { once } from "node:events";
import { readdir } from "node:fs/promises";
import type { AddressInfo } from "node:net";
import { createServer } from "node:net";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { findMongod } from "../../src/mongod/binary.ts";
import { officialSource } from "../../src/mongod/sources/official.ts";
import { cleanEnvironment } from "./support/clean-environment.ts";
import { startMirror } from "./support/download-host.ts";
import { tempFolder } from "./support/temp-folder.ts";

async function finder(mirror?: string, firstAnswerLimitMs?: number) {
  const env = await cleanEnvironment(mirror === undefined ? {} : { mirror });
  const cacheDir = await tempFolder();
  const lines: string[] = [];
  const find = () =>
    findMongod({
      cacheDir,
      env,
      progress: (line) => lines.push(line),
      sources: [officialSource(firstAnswerLimitMs)],
    });
  return { find, lines, env, cacheDir };
}

describe("the official download", { timeout: 60_000 }, () => {
  test("is fetched, checked and told of in few lines, and found again without network", async () => {
    const mirror = await startMirror();
    const { find, lines, env, cacheDir } = await finder(mirror.url);
    const found = await find();
    expect(found).toMatchObject({ version: "8.2.6", args: [], source: "the official download" });
    expect(lines[0]).toBe("Downloading MongoDB 8.2.6 from its makers");
    expect(lines.length).toBeLessThanOrEqual(6);
    env.MONGOMS_DOWNLOAD_MIRROR = "http://127.0.0.1:9";
    expect(await find()).toEqual(found);
    expect(mirror.requests).toBe(1);
    expect(await readdir(join(cacheDir, "mongod"))).toHaveLength(2);
  });

  test("does not poison the cache when it is cut off", async () => {
    const mirror = await startMirror();
    const { find, cacheDir } = await finder(mirror.url);
    mirror.behaviour = "cut off";
    await expect(find()).rejects.toThrow("the official download of MongoDB 8.2.6");
    expect(await readdir(join(cacheDir, "mongod"))).toEqual(["lock"]);
    mirror.behaviour = "whole";
    expect(await find()).toMatchObject({ version: "8.2.6" });
  });

  test("fails with the reason where nobody listens", async () => {
    const { find } = await finder();
    await expect(find()).rejects.toThrow("ECONNREFUSED");
  });

  test("fails soon where the host says nothing", async () => {
    const silent = createServer().listen(0, "127.0.0.1");
    onTestFinished(() => void silent.close());
    await once(silent, "listening");
    const url = `http://127.0.0.1:${(silent.address() as AddressInfo).port}`;
    const { find } = await finder(url, 1500);
    await expect(find()).rejects.toThrow("no answer from the download host for 1.5 seconds");
  });
});
