import { readdir, readFile } from "node:fs/promises";
import { setTimeout as delay } from "node:timers/promises";
import { run } from "./run.ts";

const STOP_LIMIT_MS = 30_000;
const PS_LIMIT_MS = 10_000;
const POLL_MS = 50;

/**
 * Shuts down each mongod that runs on `dataPath` with `keyFile`: what a Keyfast that was killed has left behind. Only
 * to be called by who owns the folder, since then no such process belongs to anybody who lives.
 */
export async function stopOrphans(
  dataPath: string,
  keyFile: string,
  log: (line: string) => void,
): Promise<void> {
  const find = () => findProcesses(["--dbpath", dataPath], ["--keyFile", keyFile]);
  const orphans = await find();
  if (orphans.length === 0) return;
  log(`Stopping the MongoDB (process ${orphans.join(", ")}) that an earlier run left behind`);
  for (const pid of orphans) {
    signal(pid, "SIGTERM");
    signal(pid, "SIGCONT");
  }
  const deadline = performance.now() + STOP_LIMIT_MS;
  for (;;) {
    // Looked up anew each time: a number alone could meanwhile belong to another program.
    const left = await find();
    if (left.length === 0) return;
    if (performance.now() > deadline) for (const pid of left) signal(pid, "SIGKILL");
    await delay(POLL_MS);
  }
}

/** The processes whose arguments contain each of these options with its value. */
async function findProcesses(...options: readonly (readonly [string, string])[]): Promise<readonly number[]> {
  const commandLines = process.platform === "linux" ? await commandLinesOfProc() : await commandLinesOfPs();
  return [...commandLines].flatMap(([pid, args]) =>
    options.every((option) => ` ${args} `.includes(` ${option.join(" ")} `)) ? [pid] : [],
  );
}

async function commandLinesOfProc(): Promise<Map<number, string>> {
  const pids = (await readdir("/proc")).map(Number).filter(Number.isInteger);
  const lines = await Promise.all(
    // A process may end while we look, and of a zombie nothing is left to read.
    pids.map(async (pid) =>
      (await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "")).replaceAll("\0", " "),
    ),
  );
  return new Map(pids.map((pid, i) => [pid, lines[i] ?? ""]));
}

async function commandLinesOfPs(): Promise<Map<number, string>> {
  const lines = (await run("ps", ["-axww", "-o", "pid=,command="], { limitMs: PS_LIMIT_MS })).split("\n");
  return new Map(lines.map((line) => [Number.parseInt(line, 10), line.trim().replace(/^\d+\s+/, "")]));
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "ESRCH")) throw error;
  }
}
