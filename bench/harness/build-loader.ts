/** Compiles the loader where its sources are newer than it. */
import { execFileSync } from "node:child_process";
import { mkdirSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";

const SOURCES = join(import.meta.dirname, "../load");
const BUILT = join(SOURCES, "build/loader");

/** The path of the loader. Throws with what is missing where it cannot be compiled. */
export function buildLoader(): string {
  const files = readdirSync(SOURCES).filter((name) => /\.[ch]pp$/.test(name));
  const newest = Math.max(...files.map((name) => statSync(join(SOURCES, name)).mtimeMs));
  if ((statSync(BUILT, { throwIfNoEntry: false })?.mtimeMs ?? 0) > newest) return BUILT;
  mkdirSync(join(SOURCES, "build"), { recursive: true });
  const sources = files.filter((name) => name.endsWith(".cpp")).map((name) => join(SOURCES, name));
  try {
    execFileSync("g++", ["-std=c++20", "-O2", "-Wall", "-Wextra", "-o", BUILT, ...sources, "-lnghttp2"]);
  } catch (cause) {
    throw new Error("the loader does not compile; it needs g++ and libnghttp2-dev (Debian packages)", {
      cause,
    });
  }
  return BUILT;
}
