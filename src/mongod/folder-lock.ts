import { DatabaseSync } from "node:sqlite";

const SQLITE_BUSY = 5;

export interface FolderLock {
  release(): void;
}

/**
 * Takes the exclusive lock at `path`, or gives undefined at once where another process (or another caller in this one)
 * has it. The kernel holds the lock and lets go of it when its process ends, however it ends: no stale lock
 * can remain, and none has to be guessed at. SQLite is used for nothing but its portable file lock.
 */
export function tryFolderLock(path: string): FolderLock | undefined {
  const database = new DatabaseSync(path, { timeout: 0 });
  try {
    database.exec("BEGIN EXCLUSIVE");
  } catch (error) {
    database.close();
    if (error instanceof Error && "errcode" in error && error.errcode === SQLITE_BUSY) return undefined;
    throw error;
  }
  return { release: () => database.close() };
}
