/** What the figures were measured on. Nothing that tells whose machine it is. */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { cpus, release, totalmem } from "node:os";
import { join } from "node:path";
import type { Checkout } from "./checkout.ts";

/** The version that is installed, from the bench's own packages or the project's; undefined where it is not. */
function versionOf(name: string): string | undefined {
  for (const folder of createRequire(import.meta.url).resolve.paths(name) ?? []) {
    try {
      return JSON.parse(readFileSync(join(folder, name, "package.json"), "utf8")).version;
    } catch {
      // Not in this folder: the next one up.
    }
  }
  return undefined;
}

const PACKAGES = [
  "@connectrpc/connect-node",
  "@grpc/grpc-js",
  "@bufbuild/protobuf",
  "mongodb",
  "better-auth",
  "@better-auth/api-key",
];

export function describeMachine(mongod: string | undefined, { commit, changed }: Checkout) {
  const all = cpus();
  return {
    processor: all[0]?.model ?? "unknown",
    processors: all.length,
    memoryGb: Math.round(totalmem() / 1e9),
    kernel: release(),
    node: process.version,
    mongod,
    packages: Object.fromEntries(PACKAGES.map((name) => [name, versionOf(name)])),
    commit,
    changed,
  };
}

export type Machine = ReturnType<typeof describeMachine>;
