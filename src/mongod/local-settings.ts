import { randomBytes } from "node:crypto";
import { open, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { dataPathOf } from "./process.ts";

/** What is kept beside the data of the local database. */
export interface LocalSettings {
  readonly user: string;
  readonly password: string;
  readonly port?: number;
  /** False from before the first start until the database knows the user. */
  readonly ready: boolean;
}

export function keyFileOf(directory: string): string {
  return join(directory, "keyfile");
}

/**
 * Reads the settings, or makes new ones for a new database. A first start that was cut off begins again from nothing:
 * nobody was ever told its credentials, so nothing of worth can be in it.
 */
export async function loadSettings(directory: string): Promise<LocalSettings> {
  const known = await readSettings(directory);
  if (known?.ready) return known;
  const dataPath = dataPathOf(directory);
  if (!known && (await readdir(dataPath).catch(() => [])).length > 0) {
    throw new Error(`${dataPath} holds a database, but its credentials (${fileOf(directory)}) are gone`);
  }
  const fresh = { user: "keyfast", password: randomBytes(32).toString("base64url"), ready: false };
  await saveSettings(directory, fresh);
  await rm(dataPath, { recursive: true, force: true });
  await rm(keyFileOf(directory), { force: true });
  await writeFile(keyFileOf(directory), randomBytes(96).toString("base64"), { mode: 0o600 });
  return fresh;
}

/** Replaces the file as a whole, so that a crash leaves the old or the new one. */
export async function saveSettings(directory: string, settings: LocalSettings): Promise<void> {
  const partial = `${fileOf(directory)}.partial`;
  await rm(partial, { force: true });
  const file = await open(partial, "wx", 0o600);
  try {
    await file.writeFile(`${JSON.stringify(settings, null, 2)}\n`);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(partial, fileOf(directory));
}

async function readSettings(directory: string): Promise<LocalSettings | undefined> {
  try {
    return JSON.parse(await readFile(fileOf(directory), "utf8"));
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    // The text of a syntax error would repeat a piece of the file, which may be the password.
    throw new Error(`${fileOf(directory)} cannot be read as the settings of the local database`);
  }
}

function fileOf(directory: string): string {
  return join(directory, "settings.json");
}
