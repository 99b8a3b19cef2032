import { homedir } from "node:os";
import { isAbsolute, join, resolve } from "node:path";

/** Where downloads are kept between runs: `$KEYFAST_CACHE_DIR`, else `$XDG_CACHE_HOME/keyfast`, else `~/.cache/keyfast`. */
export function defaultCacheDir(env: NodeJS.ProcessEnv = process.env): string {
  if (env.KEYFAST_CACHE_DIR) return resolve(env.KEYFAST_CACHE_DIR);
  const base = env.XDG_CACHE_HOME;
  // The XDG specification says that a relative path is to be ignored.
  return join(base && isAbsolute(base) ? base : join(homedir(), ".cache"), "keyfast");
}
