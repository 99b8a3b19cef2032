import { spawnSync } from "node:child_process";
import { expect, test } from "vitest";
import { isSupportedVersion, parseMongodVersion } from "../../src/mongod/command.ts";
import { compareVersions, machineGlibc } from "../../src/mongod/glibc/version.ts";

test("the version is read from what mongod prints", () => {
  expect(parseMongodVersion('db version v8.2.0\nBuild Info: {\n    "version": "8.2.0"\n}')).toBe("8.2.0");
  expect(parseMongodVersion("db version v7.0.5-rc1\nBuild Info: {}")).toBe("7.0.5-rc1");
  expect(parseMongodVersion("warning: something first\ndb version v10.0.12")).toBe("10.0.12");
});

test("no version is read from what another program prints", () => {
  for (const text of ["", "v8.2.0", "mongosh 2.3.1", "db version unknown", "the db version v8.2.0 is old"]) {
    expect(parseMongodVersion(text), text).toBeUndefined();
  }
});

test("7.0 and later are supported, earlier are not", () => {
  for (const version of ["7.0.0", "7.0.5-rc1", "8.2.0", "10.0.0"])
    expect(isSupportedVersion(version), version).toBe(true);
  for (const version of ["6.0.19", "4.4.29", "0.9.0"])
    expect(isSupportedVersion(version), version).toBe(false);
});

test("library versions are compared number by number", () => {
  const ordered = ["2.3", "2.9", "2.31", "2.36", "2.36.1", "2.38", "2.100", "3.0"];
  for (const [i, left] of ordered.entries()) {
    for (const [j, right] of ordered.entries()) {
      expect(Math.sign(compareVersions(left, right)), `${left} ${right}`).toBe(Math.sign(i - j));
    }
  }
  expect(compareVersions("2.38", "2.38.0")).toBe(0);
});

test("the glibc of this machine is the one that the system names", () => {
  const named = spawnSync("getconf", ["GNU_LIBC_VERSION"], { encoding: "utf8" }).stdout ?? "";
  expect(machineGlibc()).toBe(/^glibc (\S+)/.exec(named)?.[1]);
});
