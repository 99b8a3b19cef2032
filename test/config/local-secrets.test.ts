import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { textDigest } from "../../src/domain/digest.ts";
import { LocalSecretError, loadLocalSecrets } from "../../src/local-secrets.ts";

const FILES = ["operator-token", "pepper", "service-token"];

let base: string;
let folder: string;
beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), "keyfast-secrets-"));
  folder = join(base, "deep", "data");
});
afterEach(() => rmSync(base, { recursive: true }));

const read = (name: string) => readFileSync(join(folder, name), "utf8");
const modeOf = (path: string) => statSync(path).mode & 0o777;

describe("local secrets", () => {
  it("are made for their owner only, and nothing else is left in the folder", () => {
    loadLocalSecrets(folder);
    expect(modeOf(folder)).toBe(0o700);
    expect(readdirSync(folder).toSorted()).toEqual(FILES);
    for (const name of FILES) expect(modeOf(join(folder, name)), name).toBe(0o600);
  });

  it("are made for their owner only under a generous umask too", () => {
    const former = process.umask(0);
    try {
      loadLocalSecrets(folder);
    } finally {
      process.umask(former);
    }
    expect(modeOf(folder)).toBe(0o700);
    for (const name of FILES) expect(modeOf(join(folder, name)), name).toBe(0o600);
  });

  it("are told as digests, and as the paths of the files that hold them", () => {
    const secrets = loadLocalSecrets(folder);
    expect(secrets.operatorDigest).toEqual(textDigest(read("operator-token").trim()));
    expect(secrets.service.digest).toEqual(textDigest(read("service-token").trim()));
    expect(secrets.operatorTokenPath).toBe(join(folder, "operator-token"));
    expect(secrets.serviceTokenPath).toBe(join(folder, "service-token"));
    expect(read("operator-token")).not.toBe(read("service-token"));
  });

  it("are the same at the next start", () => {
    const first = loadLocalSecrets(folder);
    expect(loadLocalSecrets(folder)).toEqual(first);
  });

  it("differ from folder to folder", () => {
    const one = loadLocalSecrets(folder);
    const other = loadLocalSecrets(join(base, "other"));
    expect(other.operatorDigest).not.toEqual(one.operatorDigest);
    expect(other.service.digest).not.toEqual(one.service.digest);
    expect(other.pepper).not.toEqual(one.pepper);
    expect(other.pepper.id).not.toBe(one.pepper.id);
  });

  it("a token that was deleted is made anew, the others stay", () => {
    const first = loadLocalSecrets(folder);
    rmSync(join(folder, "operator-token"));
    const second = loadLocalSecrets(folder);
    expect(second.operatorDigest).not.toEqual(first.operatorDigest);
    expect(second.service).toEqual(first.service);
    expect(second.pepper).toEqual(first.pepper);
  });

  it("a folder that was open to others is closed", () => {
    mkdirSync(folder, { recursive: true });
    chmodSync(folder, 0o755);
    loadLocalSecrets(folder);
    expect(modeOf(folder)).toBe(0o700);
  });

  it.each(FILES)("%s is refused where others may read it, with what to do", (name) => {
    loadLocalSecrets(folder);
    chmodSync(join(folder, name), 0o644);
    expect(() => loadLocalSecrets(folder)).toThrow(LocalSecretError);
    expect(() => loadLocalSecrets(folder)).toThrow(`chmod 600 ${join(folder, name)}`);
    chmodSync(join(folder, name), 0o600);
    expect(() => loadLocalSecrets(folder)).not.toThrow();
  });

  it.each(FILES)("%s is refused where it holds something else, without repeating it", (name) => {
    loadLocalSecrets(folder);
    for (const text of ["", "half-a-secre", "a secret with spaces, long enough to be one"]) {
      writeFileSync(join(folder, name), text);
      expect(() => loadLocalSecrets(folder)).toThrow(LocalSecretError);
      if (text) expect(() => loadLocalSecrets(folder)).not.toThrow(text);
    }
  });

  it("a lost pepper is not replaced beside a database whose keys need it", () => {
    loadLocalSecrets(folder);
    mkdirSync(join(folder, "mongodb"));
    rmSync(join(folder, "pepper"));
    expect(() => loadLocalSecrets(folder)).toThrow(/pepper is gone/);
    expect(readdirSync(folder)).not.toContain("pepper");
  });
});
