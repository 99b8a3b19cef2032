import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type FolderLock, tryFolderLock } from "./folder-lock.ts";

/** In a folder that this is in, a Keyfast has run. */
export const LOCK_FILE = "keyfast.lock";

/** Another live Keyfast runs on the folder. */
export class FolderInUseError extends Error {
  override readonly name = "FolderInUseError";
  readonly folder: string;
  /** Of the other process, where it is known. */
  readonly pid: number | undefined;

  constructor(folder: string, pid: number | undefined) {
    super(
      `Another Keyfast (process ${pid ?? "unknown"}) is running on ${folder}. ` +
        "Stop it, or set KEYFAST_DATA_DIR to another folder.",
    );
    this.folder = folder;
    this.pid = pid;
  }
}

/** Makes this process the only Keyfast on the folder, until it releases the lock or ends. Throws FolderInUseError. */
export function ownFolder(folder: string): FolderLock {
  const pidFile = join(folder, "keyfast.pid");
  const lock = tryFolderLock(join(folder, LOCK_FILE));
  if (!lock) throw new FolderInUseError(folder, readPid(pidFile));
  try {
    // For the message only: what counts is the lock.
    writeFileSync(pidFile, `${process.pid}\n`, { mode: 0o600 });
  } catch (error) {
    lock.release();
    throw error;
  }
  return lock;
}

function readPid(file: string): number | undefined {
  try {
    return Number.parseInt(readFileSync(file, "utf8"), 10) || undefined;
  } catch {
    return undefined;
  }
}
