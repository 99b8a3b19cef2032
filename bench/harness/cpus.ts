/** Which processors each side gets, so that server and load never compete for one. */
import { execFileSync } from "node:child_process";
import { availableParallelism } from "node:os";

export interface Cpus {
  /** For the server that is measured. */
  readonly server: string;
  /** For the load, and for this process. */
  readonly load: string;
  /** For MongoDB. With two processors it shares the load's. */
  readonly database: string;
  /** For parts that measure several workers. */
  readonly all: string;
}

/** As `taskset -c` takes them. Throws where there are fewer than two. */
export function shareOut(count = availableParallelism()): Cpus {
  if (count < 2) throw new Error("the bench needs two processors: one for the server, one for the load");
  const last = count - 1;
  return { server: "0", load: "1", database: count > 2 ? `2-${last}` : "1", all: `0-${last}` };
}

/** Keeps a process, with all its threads, on these processors; by default this process. */
export function pin(cpus: string, pid = process.pid): void {
  execFileSync("taskset", ["--all-tasks", "--cpu-list", "--pid", cpus, `${pid}`], { stdio: "ignore" });
}

export interface PinnedCommand {
  readonly command: string;
  readonly args: readonly string[];
}

/** The same command on these processors only. taskset replaces itself by it, so the process id is the command's. */
export const pinned = (cpus: string, command: string, args: readonly string[]): PinnedCommand => ({
  command: "taskset",
  args: ["--cpu-list", cpus, command, ...args],
});
