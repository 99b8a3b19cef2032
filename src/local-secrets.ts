/** Tokens and pepper for the local database: made once, kept in the data folder for its owner only. */
import { randomBytes } from "node:crypto";
import {
  chmodSync,
  existsSync,
  linkSync,
  mkdirSync,
  readFileSync,
  statSync,
  unlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { pepper as parsePepper, type ServiceToken } from "./config/parse.ts";
import { type Pepper, textDigest } from "./domain/digest.ts";
import { EVERYWHERE } from "./domain/verdict.ts";

export interface LocalSecrets {
  readonly operatorTokenPath: string;
  readonly serviceTokenPath: string;
  readonly operatorDigest: Uint8Array;
  readonly service: ServiceToken;
  readonly pepper: Pepper;
}

/** A file of the data folder that cannot be used; the message says what to do. */
export class LocalSecretError extends Error {
  override readonly name = "LocalSecretError";
}

const SERVICE_NAME = "local";
const TOKEN = /^[\w-]{32,}$/;

/**
 * Reads the secrets, or makes those that are not there. To be called before the local database is started: that there
 * is a database, but no pepper, is how a lost pepper is known.
 */
export function loadLocalSecrets(dataDir: string): LocalSecrets {
  makePrivateFolder(dataDir);
  const operatorTokenPath = join(dataDir, "operator-token");
  const serviceTokenPath = join(dataDir, "service-token");
  const pepper = localPepper(dataDir);
  const service = {
    name: SERVICE_NAME,
    digest: textDigest(token(serviceTokenPath, "kfs_")),
    pins: EVERYWHERE,
  };
  const operatorDigest = textDigest(token(operatorTokenPath, "kfo_"));
  return { operatorTokenPath, serviceTokenPath, operatorDigest, service, pepper };
}

function makePrivateFolder(path: string): void {
  mkdirSync(path, { recursive: true, mode: 0o700 });
  chmodSync(path, 0o700);
}

function token(path: string, prefix: string): string {
  const text = readOrMake(path, () => prefix + randomBytes(32).toString("base64url"));
  if (TOKEN.test(text)) return text;
  throw new LocalSecretError(`${path} does not hold a token. Delete it, and a new one is made.`);
}

function localPepper(dataDir: string): Pepper {
  const path = join(dataDir, "pepper");
  if (!existsSync(path) && existsSync(join(dataDir, "mongodb"))) {
    throw new LocalSecretError(
      `${path} is gone, and without it no key in the database beside it can be verified. ` +
        "Put it back, or delete the folder to begin anew.",
    );
  }
  // A random id: the check value in a database tells a pepper that is not its own.
  const make = () => `local-${randomBytes(4).toString("hex")}:${randomBytes(32).toString("base64")}`;
  const text = readOrMake(path, make);
  try {
    return parsePepper(text);
  } catch {
    throw new LocalSecretError(`${path} is damaged. Put the original back: no key verifies without it.`);
  }
}

function readOrMake(path: string, make: () => string): string {
  if (!existsSync(path)) createWhole(path, `${make()}\n`);
  refuseShared(path);
  return readFileSync(path, "utf8").trim();
}

/** The file is complete or not there: it is written under another name, and the first to link it wins. */
function createWhole(path: string, text: string): void {
  const draft = `${path}.${randomBytes(6).toString("hex")}`;
  writeFileSync(draft, text, { mode: 0o600, flag: "wx", flush: true });
  try {
    linkSync(draft, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  } finally {
    unlinkSync(draft);
  }
}

/** Not mended by us: who can read a secret may have read it. */
function refuseShared(path: string): void {
  const { mode } = statSync(path);
  if (process.platform === "win32" || (mode & 0o077) === 0) return;
  throw new LocalSecretError(
    `${path} is open to other users of this machine (mode ${(mode & 0o777).toString(8)}). ` +
      `If none of them can have read it: chmod 600 ${path}`,
  );
}
