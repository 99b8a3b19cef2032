import { chmod, copyFile, mkdir, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { CacheEntry } from "../cache.ts";
import { type MongodCommand, probeMongod } from "../command.ts";
import { childEnvironment, inItsOwnWords, run } from "../run.ts";
import type { MongodSource, SourceContext } from "./source.ts";

const VERSION = "8.2.6";
const DOWNLOADER = fileURLToPath(new URL("./official-downloader.ts", import.meta.url));
const DOWNLOAD_LIMIT_MS = 30 * 60_000;
const FIRST_ANSWER_LIMIT_MS = 8_000;
const SILENCE_LIMIT_MS = 60_000;
const PROGRESS = /^Downloading .*: ([\d.]+)% \(/;
const PROGRESS_STEP_PERCENT = 25;

/**
 * MongoDB's own download, by the binary finder of mongodb-memory-server. It runs in a process of its own, because only
 * there can its settings be made without touching ours, its output be shortened, and its waiting be cut short.
 * `firstAnswerLimitMs` is how long the download host has for its first sign of life.
 */
export function officialSource(firstAnswerLimitMs = FIRST_ANSWER_LIMIT_MS): MongodSource {
  return {
    name: `the official download of MongoDB ${VERSION}`,

    async local(context) {
      const entry = entryOf(context);
      return (await entry.isWhole()) ? probe(entry, context) : undefined;
    },

    async fetch(context) {
      const entry = entryOf(context);
      context.progress(`Downloading MongoDB ${VERSION} from its makers`);
      await entry.fill(async (directory) => {
        const downloads = join(directory, "download");
        await mkdir(downloads);
        const found = await download(downloads, context, firstAnswerLimitMs);
        await take(found, downloads, join(directory, "mongod"));
        return ["mongod"];
      });
      return probe(entry, context);
    },
  };
}

function entryOf({ cacheDir }: SourceContext): CacheEntry {
  return new CacheEntry(cacheDir, `official-${VERSION}-${process.platform}-${process.arch}`);
}

function probe(entry: CacheEntry, { signal }: SourceContext): Promise<MongodCommand> {
  return probeMongod(join(entry.directory, "mongod"), [], "the official download", signal);
}

/** Gives the path of the binary: in `directory`, unless the finder knew of one that was downloaded elsewhere before. */
async function download(
  directory: string,
  context: SourceContext,
  firstAnswerLimitMs: number,
): Promise<string> {
  const silence = new SilenceLimit(firstAnswerLimitMs);
  const progress = percentSteps(context.progress);
  try {
    const output = await run(process.execPath, [DOWNLOADER, directory, VERSION], {
      env: downloaderEnvironment(context.env),
      limitMs: DOWNLOAD_LIMIT_MS,
      signal: context.signal ? AbortSignal.any([context.signal, silence.signal]) : silence.signal,
      onLine(line) {
        silence.extend(SILENCE_LIMIT_MS);
        progress(line);
      },
    });
    return output.slice(output.lastIndexOf("\n") + 1);
  } catch (error) {
    throw inItsOwnWords(error, (line) => !PROGRESS.test(line));
  } finally {
    silence.clear();
  }
}

async function take(found: string, downloads: string, destination: string): Promise<void> {
  if (dirname(found) === downloads) await rename(found, destination);
  else await copyFile(found, destination);
  await chmod(destination, 0o755);
  await rm(downloads, { recursive: true });
}

function downloaderEnvironment(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return {
    ...childEnvironment(env),
    // The finder checks the certificate of the host only where this says so.
    npm_config_strict_ssl: "true",
    MONGOMS_MD5_CHECK: "true",
    MONGOMS_MAX_RETRIES: "1",
    MONGOMS_RUNTIME_DOWNLOAD: "true",
    MONGOMS_SYSTEM_BINARY: "",
    MONGOMS_DOWNLOAD_DIR: "",
  };
}

/** Aborts its signal when nothing is heard for too long. */
class SilenceLimit {
  readonly #controller = new AbortController();
  #timer: NodeJS.Timeout;

  constructor(firstMs: number) {
    this.#timer = this.#start(firstMs);
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  extend(ms: number): void {
    clearTimeout(this.#timer);
    this.#timer = this.#start(ms);
  }

  clear(): void {
    clearTimeout(this.#timer);
  }

  #start(ms: number): NodeJS.Timeout {
    const reason = new Error(`no answer from the download host for ${ms / 1000} seconds`);
    return setTimeout(() => this.#controller.abort(reason), ms);
  }
}

/** Passes on one line for each quarter of the download. */
function percentSteps(progress: (line: string) => void): (line: string) => void {
  let next = 0;
  return (line) => {
    const percent = Number(PROGRESS.exec(line)?.[1]);
    if (!(percent >= next)) return;
    progress(`  ${Math.floor(percent)} %`);
    next = (Math.floor(percent / PROGRESS_STEP_PERCENT) + 1) * PROGRESS_STEP_PERCENT;
  };
}
