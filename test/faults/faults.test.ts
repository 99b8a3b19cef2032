/** The fault run as it is run by hand: real replicas, a real replica set, faults from a seed. */
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { describe, expect, it, onTestFinished } from "vitest";
import { tempFolder } from "../mongod/support/temp-folder.ts";
import { seedOf } from "../support/random.ts";
import { planOf } from "./schedule.ts";

const PROGRAM = fileURLToPath(new URL("../../scripts/faults.ts", import.meta.url));
const seed = seedOf("fault run");

interface Program {
  readonly child: ChildProcess;
  readonly lines: readonly string[];
  /** Its exit code. */
  readonly ended: Promise<number>;
  /** The first line that fits, as soon as it is there. */
  line(pattern: RegExp): Promise<string>;
}

function faults(args: readonly string[], env: NodeJS.ProcessEnv = process.env): Program {
  const child = spawn(process.execPath, [PROGRAM, ...args], { env, stdio: ["ignore", "pipe", "inherit"] });
  const ended = once(child, "close").then(([code]) => code as number);
  onTestFinished(async () => {
    child.kill("SIGTERM");
    await ended;
  });
  const lines: string[] = [];
  const output = createInterface({ input: child.stdout });
  output.on("line", (line) => lines.push(line));
  const line = async (pattern: RegExp) => {
    for (;;) {
      const found = lines.find((known) => pattern.test(known));
      if (found !== undefined) return found;
      await Promise.race([
        once(output, "line"),
        ended.then((code) => {
          throw new Error(`ended with ${code} before ${pattern} came:\n${lines.join("\n")}`);
        }),
      ]);
    }
  };
  return { child, lines, ended, line };
}

describe("three replicas under faults", { timeout: 300_000 }, () => {
  it("keep the promise, and the history says so again when it is read once more", async () => {
    const history = join(await tempFolder(), "history.jsonl");
    const run = faults(["--seed", `${seed}`, "--seconds", "25", "--history", history]);
    expect(await run.ended, run.lines.join("\n")).toBe(0);
    const summary = run.lines.at(-1);
    expect(summary).toMatch(
      /^promise kept: [1-9]\d* deletes, [1-9]\d* verifies, [1-9]\d* faults, 0 violations$/,
    );
    const again = faults(["--check", history]);
    expect(await again.ended).toBe(0);
    expect(again.lines.at(-1)).toBe(summary);
  });

  it("are seen to break it where Delete does not wait for them", async () => {
    const history = join(await tempFolder(), "history.jsonl");
    const run = faults(["--seed", `${seed}`, "--seconds", "8", "--no-barrier", "--history", history]);
    expect(await run.ended, run.lines.join("\n")).toBe(1);
    expect(run.lines.at(-1)).toMatch(/^promise broken: .* [1-9]\d* violations$/);
    expect(run.lines.join("\n")).toContain("violation: accepted after Delete: Verify");
  });
});

/** A seed from which first of all replicas are paused. */
function seedThatPauses(): number {
  for (let candidate = seed; ; candidate++) {
    if (planOf(candidate).faults("replica").next().value.kind === "replica paused") return candidate;
  }
}

async function processesNamed(name: string): Promise<string[]> {
  const { stdout } = await promisify(execFile)("ps", ["-axww", "-o", "command="], { maxBuffer: 1 << 24 });
  return stdout.split("\n").filter((command) => command.includes(name));
}

it("a run that is interrupted leaves no process and no folder behind, also where some are paused", {
  timeout: 120_000,
}, async () => {
  const folder = await tempFolder();
  const history = join(await tempFolder(), "history.jsonl");
  const args = ["--seed", `${seedThatPauses()}`, "--seconds", "60", "--history", history];
  const run = faults(args, { ...process.env, TMPDIR: folder });
  await run.line(/replica paused/);
  const [own] = await readdir(folder);
  expect(own).toBeDefined();
  // Three members and three replicas.
  expect((await processesNamed(own ?? "")).length).toBeGreaterThanOrEqual(6);
  run.child.kill("SIGINT");
  expect(await run.ended).toBe(2);
  expect(await readdir(folder)).toEqual([]);
  expect(await processesNamed(own ?? "")).toEqual([]);
});
