import { randomUUID } from "node:crypto";
import { mkdir, mkdtemp, readdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { tryFolderLock } from "./folder-lock.ts";
import { hashFile } from "./hash.ts";

interface FileStamp {
  readonly path: string;
  readonly size: number;
  readonly mtimeMs: number;
  readonly sha256: string;
}

const STAMP = "stamp.json";
const PARTIAL = ".partial-";
const LOCK_RETRY_MS = 200;

/**
 * One folder of the cache. It appears complete or not at all: it is built beside its place, stamped with the size, time
 * and SHA-256 of its files, and moved there by one rename.
 */
export class CacheEntry {
  readonly #root: string;
  readonly directory: string;

  constructor(cacheDir: string, name: string) {
    this.#root = join(cacheDir, "mongod");
    this.directory = join(this.#root, name);
  }

  /**
   * True where every file is as it was stored. Size and time are looked at on each start; the content is hashed again
   * only when a time differs (the cache was copied, or a file was written to), because hashing 220 MB each time would
   * cost more than the start of the database itself.
   */
  async isWhole(): Promise<boolean> {
    const stamps = await this.#readStamps();
    if (!stamps) return false;
    for (const stamp of stamps) {
      if (!(await matches(join(this.directory, stamp.path), stamp))) return false;
    }
    return true;
  }

  /** Builds the entry anew, in place of what is there. `files` names what has to be stamped, relative to the folder. */
  async fill(build: (directory: string) => Promise<readonly string[]>): Promise<void> {
    await mkdir(this.#root, { recursive: true });
    const partial = await mkdtemp(join(this.#root, PARTIAL));
    try {
      const files = await build(partial);
      const stamps = await Promise.all(files.map((path) => stampOf(partial, path)));
      await writeFile(join(partial, STAMP), JSON.stringify(stamps, null, 2));
      await this.discard();
      await rename(partial, this.directory);
    } finally {
      await rm(partial, { recursive: true, force: true });
    }
  }

  /** Takes the entry out of the cache: first by a rename, so that nobody meets half of it. */
  async discard(): Promise<void> {
    const doomed = join(this.#root, `${PARTIAL}${randomUUID()}`);
    try {
      await rename(this.directory, doomed);
    } catch (error) {
      if (isMissing(error)) return;
      throw error;
    }
    await rm(doomed, { recursive: true, force: true });
  }

  async #readStamps(): Promise<readonly FileStamp[] | undefined> {
    try {
      return JSON.parse(await readFile(join(this.directory, STAMP), "utf8"));
    } catch (error) {
      if (isMissing(error) || error instanceof SyntaxError) return undefined;
      throw error;
    }
  }
}

/**
 * Runs `work` while no other process fills this cache; others wait their turn. What an earlier process left half done is
 * swept first: under the lock it can belong to nobody who lives.
 */
export async function withCacheLock<T>(
  cacheDir: string,
  options: { readonly onWait: () => void; readonly signal?: AbortSignal | undefined },
  work: () => Promise<T>,
): Promise<T> {
  const root = join(cacheDir, "mongod");
  await mkdir(root, { recursive: true });
  const path = join(root, "lock");
  let lock = tryFolderLock(path);
  if (!lock) options.onWait();
  while (!lock) {
    await delay(LOCK_RETRY_MS);
    options.signal?.throwIfAborted();
    lock = tryFolderLock(path);
  }
  try {
    await sweepPartials(root);
    return await work();
  } finally {
    lock.release();
  }
}

async function sweepPartials(root: string): Promise<void> {
  const left = (await readdir(root)).filter((name) => name.startsWith(PARTIAL));
  await Promise.all(left.map((name) => rm(join(root, name), { recursive: true, force: true })));
}

async function stampOf(directory: string, path: string): Promise<FileStamp> {
  const file = join(directory, path);
  const { size, mtimeMs } = await stat(file);
  return { path, size, mtimeMs, sha256: await hashFile(file, "sha256", "hex") };
}

async function matches(file: string, stamp: FileStamp): Promise<boolean> {
  try {
    const { size, mtimeMs } = await stat(file);
    if (size !== stamp.size) return false;
    return mtimeMs === stamp.mtimeMs || (await hashFile(file, "sha256", "hex")) === stamp.sha256;
  } catch (error) {
    if (isMissing(error)) return false;
    throw error;
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ENOENT";
}
