import { constants, copyFile, mkdir } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { CacheEntry } from "../cache.ts";
import { type MongodCommand, probeMongod } from "../command.ts";
import { childEnvironment, run } from "../run.ts";
import type { MongodSource, SourceContext } from "./source.ts";

const VERSION = "8.2.6";
const DOWNLOADER = fileURLToPath(new URL("./official-downloader.ts", import.meta.url));
const FIRST_ANSWER_LIMIT_MS = 8_000;
const SILENCE_LIMIT_MS = 60_000;
const PROGRESS_STEP_PERCENT = 25;

/**
 * MongoDB's own download, by the binary finder of mongodb-memory-server. It runs in a process of its own, because only
 * there can its settings be made without touching ours, its output be shortened, and its waiting be cut short.
 */
export const officialSource: MongodSource = {
  name: `the official download of MongoDB ${VERSION}`,

  async local(context) {
    const entry = entryOf(context);
    return (await entry.isWhole()) ? probe(entry, context) : undefined;
  },

  async fetch(context) {
    const entry = entryOf(context);
    context.progress(`Downloading MongoDB ${VERSION} from its makers`);
    await entry.fill(async (directory) => {
      await copyFile(
        await download(directory, context),
        join(directory, "mongod"),
        constants.COPYFILE_FICLONE,
      );
      return ["mongod"];
    });
    return probe(entry, context);
  },
};

function entryOf({ cacheDir }: SourceContext): CacheEntry {
  return new CacheEntry(cacheDir, `official-${VERSION}-${process.platform}-${process.arch}`);
}

function probe(entry: CacheEntry, { signal }: SourceContext): Promise<MongodCommand> {
  return probeMongod(join(entry.directory, "mongod"), [], "the official download", signal);
}

/** Gives the path of the downloaded binary, which lies in `directory` unless the finder knew of one elsewhere. */
async function download(directory: string, context: SourceContext): Promise<string> {
  const silence = new AbortController();
  const giveUp = (ms: number) => () =>
    silence.abort(new Error(`no answer from the download host for ${ms / 1000} seconds`));
  let timer = setTimeout(giveUp(FIRST_ANSWER_LIMIT_MS), FIRST_ANSWER_LIMIT_MS);
  const progress = percentSteps(context.progress);
  const downloads = join(directory, "download");
  await mkdir(downloads);
  try {
    const output = await run(process.execPath, [DOWNLOADER, downloads, VERSION], {
      env: downloaderEnvironment(context.env),
      signal: context.signal ? AbortSignal.any([context.signal, silence.signal]) : silence.signal,
      onLine(line) {
        clearTimeout(timer);
        timer = setTimeout(giveUp(SILENCE_LIMIT_MS), SILENCE_LIMIT_MS);
        progress(line);
      },
    });
    return output.slice(output.lastIndexOf("\n") + 1);
  } finally {
    clearTimeout(timer);
  }
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

/** Passes on one line for each quarter of the download. */
function percentSteps(progress: (line: string) => void): (line: string) => void {
  let next = 0;
  return (line) => {
    const percent = Number(/: ([\d.]+)% \(/.exec(line)?.[1]);
    if (!(percent >= next)) return;
    progress(`  ${Math.floor(percent)} %`);
    next = (Math.floor(percent / PROGRESS_STEP_PERCENT) + 1) * PROGRESS_STEP_PERCENT;
  };
}
