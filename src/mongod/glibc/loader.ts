import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { CacheEntry } from "../cache.ts";
import { childEnvironment, run } from "../run.ts";
import type { SourceContext } from "../sources/source.ts";
import { rewriteDeb822, rewriteOneLine, type SuiteChange } from "./apt-sources.ts";
import { compareVersions, machineGlibc } from "./version.ts";

const TARGET_SUITE = "trixie";
const LIBRARIES = "usr/lib/x86_64-linux-gnu";
const LOADER = `${LIBRARIES}/ld-linux-x86-64.so.2`;
const STAMPED = [LOADER, `${LIBRARIES}/libc.so.6`, `${LIBRARIES}/libm.so.6`, `${LIBRARIES}/libresolv.so.2`];
const APT_LIMIT_MS = 3 * 60_000;

/** A newer C library beside the machine's own: `command` with `args` starts the program that is named after them. */
export interface Loader {
  readonly command: string;
  readonly args: readonly string[];
  local(): Promise<boolean>;
  /** Brings it here, where it is not yet. Throws with the reason where this machine has no way to. */
  fetch(): Promise<void>;
}

/** True where this machine's glibc is older than `wanted`. */
export function needsLoader(wanted: string): boolean {
  const machine = machineGlibc();
  return machine === undefined || compareVersions(machine, wanted) < 0;
}

/**
 * The C library of Debian 13, from the same archive that this Debian machine already installs from and checked by its
 * keys, unpacked in the cache. Nothing is installed, no root is needed, and apt's own state stays as it is.
 */
export function loaderFor(context: SourceContext): Loader {
  const entry = new CacheEntry(context.cacheDir, `debian-${TARGET_SUITE}-libc6`);
  return {
    command: join(entry.directory, LOADER),
    args: ["--library-path", `${join(entry.directory, LIBRARIES)}:/${LIBRARIES}`],
    local: () => entry.isWhole(),
    async fetch() {
      if (await entry.isWhole()) return;
      const change = await suiteChange();
      context.progress(
        `Fetching Debian ${TARGET_SUITE}'s C library (10 MB), since this machine's is too old for MongoDB`,
      );
      await entry.fill((directory) => unpackLibc(directory, change, context));
    },
  };
}

async function suiteChange(): Promise<SuiteChange> {
  const machine = machineGlibc();
  if (machine === undefined) throw new Error("this machine does not use the GNU C library");
  const release = await readFile("/etc/os-release", "utf8").catch(() => "");
  const from = /^VERSION_CODENAME="?([a-z]+)"?$/m.exec(release)?.[1];
  if (!/^ID="?debian"?$/m.test(release) || from === undefined) {
    throw new Error(
      `this machine's glibc ${machine} is too old for it, and a newer one can be fetched on Debian only`,
    );
  }
  return { from, to: TARGET_SUITE };
}

async function unpackLibc(
  directory: string,
  change: SuiteChange,
  context: SourceContext,
): Promise<readonly string[]> {
  const work = join(directory, "apt");
  const deb = await downloadLibc(work, change, context.signal);
  await run("dpkg-deb", ["-x", deb, directory], { limitMs: APT_LIMIT_MS, signal: context.signal });
  await rm(work, { recursive: true });
  return STAMPED;
}

/** Downloads the package with lists and settings of its own in `work`, and gives its path. */
async function downloadLibc(
  work: string,
  change: SuiteChange,
  signal: AbortSignal | undefined,
): Promise<string> {
  const sources = join(work, "sources");
  for (const folder of ["sources", "lists/partial", "cache/archives/partial", "deb"]) {
    await mkdir(join(work, folder), { recursive: true });
  }
  await copySources(sources, change);
  const config = join(work, "apt.conf");
  await writeFile(config, aptConfig(work));
  const options = {
    env: { ...childEnvironment(), LC_ALL: "C" },
    cwd: join(work, "deb"),
    limitMs: APT_LIMIT_MS,
    signal,
  };
  await run("apt-get", ["-c", config, "-q", "update"], options);
  await run("apt-get", ["-c", config, "-q", "download", "libc6"], options);
  const deb = (await readdir(options.cwd)).find((file) => file.endsWith(".deb"));
  if (deb === undefined) throw new Error("apt-get download left no package");
  return join(options.cwd, deb);
}

/** Read by apt after the machine's own settings, so that a proxy set there still holds. */
function aptConfig(work: string): string {
  return [
    `Dir::State::lists "${work}/lists";`,
    `Dir::Cache "${work}/cache";`,
    `Dir::Etc::sourcelist "/dev/null";`,
    `Dir::Etc::sourceparts "${work}/sources";`,
    'APT::Architecture "amd64";',
    'Acquire::Languages "none";',
    'Acquire::Retries "1";',
    'Acquire::http::Timeout "20";',
    'Acquire::https::Timeout "20";',
    'APT::Update::Error-Mode "any";',
    // What the machine does after an update of its own lists does not concern these.
    "#clear APT::Update::Pre-Invoke;",
    "#clear APT::Update::Post-Invoke;",
    "#clear APT::Update::Post-Invoke-Success;",
    "",
  ].join("\n");
}

async function copySources(destination: string, change: SuiteChange): Promise<void> {
  const parts = await readdir("/etc/apt/sources.list.d").catch(() => []);
  const files = ["/etc/apt/sources.list", ...parts.map((name) => join("/etc/apt/sources.list.d", name))];
  let found = false;
  for (const file of files) {
    const text = await rewriteFile(file, change);
    if (text === "") continue;
    await writeFile(join(destination, basename(file)), text);
    found = true;
  }
  if (!found) throw new Error(`no apt source of Debian ${change.from} was found to fetch the C library from`);
}

async function rewriteFile(file: string, change: SuiteChange): Promise<string> {
  const rewrite = file.endsWith(".sources")
    ? rewriteDeb822
    : file.endsWith(".list")
      ? rewriteOneLine
      : undefined;
  const text = rewrite && (await readFile(file, "utf8").catch(() => undefined));
  return text === undefined || rewrite === undefined ? "" : rewrite(text, change);
}
