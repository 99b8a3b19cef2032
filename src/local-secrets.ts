/** Tokens and pepper for the local database: made once, kept in the data folder for its owner only. */
import { randomBytes } from "node:crypto";
import { chmodSync, linkSync, mkdirSync, readFileSync, statSync, unlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";

export interface LocalSecrets {
  readonly operatorToken: string;
  readonly serviceToken: string;
  /** As KEYFAST_PEPPER writes it. */
  readonly pepper: string;
}

export const OPERATOR_TOKEN_FILE = "operator-token";
export const SERVICE_TOKEN_FILE = "service-token";
const PEPPER_FILE = "pepper";

export function localSecrets(dataDir: string): LocalSecrets {
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  chmodSync(dataDir, 0o700);
  return {
    operatorToken: readOrMake(join(dataDir, OPERATOR_TOKEN_FILE), () => newToken("kfo_")),
    serviceToken: readOrMake(join(dataDir, SERVICE_TOKEN_FILE), () => newToken("kfs_")),
    pepper: readOrMake(join(dataDir, PEPPER_FILE), () => `local:${randomBytes(32).toString("base64")}`),
  };
}

const newToken = (prefix: string) => prefix + randomBytes(32).toString("base64url");

/** A file is complete or not there: it is written under another name first, and the first to link it wins. */
function readOrMake(path: string, make: () => string): string {
  const draft = `${path}.${randomBytes(6).toString("hex")}`;
  if (!statSync(path, { throwIfNoEntry: false })) {
    writeFileSync(draft, `${make()}\n`, { mode: 0o600, flush: true });
    try {
      linkSync(draft, path);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    } finally {
      unlinkSync(draft);
    }
  }
  chmodSync(path, 0o600);
  return readFileSync(path, "utf8").trim();
}
