/** The service as its users run it: a process of its own. */
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { promisify } from "node:util";
import { onTestFinished } from "vitest";

const ROOT = new URL("../../..", import.meta.url).pathname;

export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface Running {
  readonly child: ChildProcess;
  /** Everything that was written so far, to both streams. */
  readonly output: () => string;
  readonly exited: Promise<Exit>;
}

/** Without the settings that the tests themselves run with. */
function cleanEnvironment(settings: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(
    ([name]) => !name.startsWith("KEYFAST_") || name === "KEYFAST_MONGOD" || name === "KEYFAST_CACHE_DIR",
  );
  return { ...Object.fromEntries(kept), ...settings };
}

/** Runs a program of the project to its end, or to that of the test. `detached`: as the leader of a group of its own. */
export function run(
  command: string,
  args: readonly string[],
  settings: NodeJS.ProcessEnv = {},
  { detached = false } = {},
): Running {
  const child = spawn(command, args, {
    cwd: ROOT,
    env: cleanEnvironment(settings),
    stdio: ["ignore", "pipe", "pipe"],
    detached,
  });
  const lines: string[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on("line", (line) => {
      lines.push(line);
      child.emit("line", line);
    });
  }
  const exited = once(child, "close").then(([code, signal]) => ({ code, signal }) as Exit);
  onTestFinished(async () => {
    child.kill("SIGTERM");
    await exited;
  });
  return { child, output: () => lines.join("\n"), exited };
}

const ANY_PORTS = { KEYFAST_HTTP_PORT: "0", KEYFAST_GRPC_PORT: "0" };

export const startMain = (settings: NodeJS.ProcessEnv, options?: { readonly detached: boolean }) =>
  run(process.execPath, ["src/main.ts"], { ...ANY_PORTS, ...settings }, options);

export interface Ready extends Running {
  readonly httpUrl: string;
  readonly grpcUrl: string;
}

/** Waits until it says where its doors are. Throws with what it wrote where it ends before. */
export async function untilReady(running: Running): Promise<Ready> {
  const url = (name: string) => new RegExp(`^ *${name}.* (http://\\S+)$`, "m").exec(running.output())?.[1];
  for (;;) {
    const [httpUrl, grpcUrl] = [url("HTTP/1.1"), url("HTTP/2")];
    if (httpUrl && grpcUrl) return { ...running, httpUrl, grpcUrl };
    const stop = new AbortController();
    const line = once(running.child, "line", { signal: stop.signal }).catch(() => undefined);
    const exit = await Promise.race([line.then(() => undefined), running.exited]);
    stop.abort();
    if (exit) throw new Error(`ended with ${exit.code ?? exit.signal}:\n${running.output()}`);
  }
}

/** A folder that goes with the test. To be taken before what runs on it, so that it goes after. */
export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "keyfast-main-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true, maxRetries: 5 }));
  return folder;
}

interface Listed {
  readonly pid: number;
  readonly parent: number;
  readonly name: string;
}

async function allProcesses(): Promise<Listed[]> {
  const { stdout } = await promisify(execFile)("ps", ["-eo", "pid=,ppid=,comm="]);
  const rows = stdout
    .trim()
    .split("\n")
    .map((line) => line.trim().split(/\s+/));
  return rows.map(([pid, parent, ...name]) => ({
    pid: Number(pid),
    parent: Number(parent),
    name: name.join(" "),
  }));
}

/** All that a process has started, and what that has. */
export async function familyOf(pid: number): Promise<Listed[]> {
  const all = await allProcesses();
  const within = (parent: number): Listed[] =>
    all.filter((one) => one.parent === parent).flatMap((child) => [child, ...within(child.pid)]);
  return within(pid);
}

export async function stillRunning(processes: readonly Listed[]): Promise<Listed[]> {
  const known = new Set(processes.map(({ pid }) => pid));
  return (await allProcesses()).filter(({ pid }) => known.has(pid));
}
