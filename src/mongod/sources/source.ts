import type { MongodCommand } from "../command.ts";

export interface SourceContext {
  /** The root of the cache; sources keep their files in entries below it. */
  readonly cacheDir: string;
  /** Where settings of other programs come from: `PATH`, npm's, the downloader's. */
  readonly env: NodeJS.ProcessEnv;
  /** Told in few lines what takes long. */
  readonly progress: (line: string) => void;
  readonly signal?: AbortSignal | undefined;
}

/** One place where a mongod may come from. Both steps throw with the reason where they cannot. */
export interface MongodSource {
  /** For people to read. */
  readonly name: string;
  /** What is already on this machine, without any network; undefined where there is nothing. */
  local(context: SourceContext): Promise<MongodCommand | undefined>;
  /** Brings it here. Called by one process at a time. Left out where there is nothing to bring. */
  readonly fetch?: (context: SourceContext) => Promise<MongodCommand>;
}
