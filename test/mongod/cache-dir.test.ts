import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { expect, test } from "vitest";
import { defaultCacheDir } from "../../src/mongod/cache-dir.ts";

test("the cache folder is the one that is set, else that of the desktop, else one in the home folder", () => {
  expect(defaultCacheDir({ KEYFAST_CACHE_DIR: "/var/here", XDG_CACHE_HOME: "/var/there" })).toBe("/var/here");
  expect(defaultCacheDir({ KEYFAST_CACHE_DIR: "here" })).toBe(resolve("here"));
  expect(defaultCacheDir({ XDG_CACHE_HOME: "/var/there" })).toBe("/var/there/keyfast");
  expect(defaultCacheDir({})).toBe(join(homedir(), ".cache", "keyfast"));
});

test("empty and relative settings of the desktop's cache are passed over", () => {
  expect(defaultCacheDir({ KEYFAST_CACHE_DIR: "", XDG_CACHE_HOME: "" })).toBe(
    join(homedir(), ".cache", "keyfast"),
  );
  expect(defaultCacheDir({ XDG_CACHE_HOME: "there" })).toBe(join(homedir(), ".cache", "keyfast"));
});
