import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { onTestFinished } from "vitest";

/** A program of this folder, run by Node in a process group of its own. */
export class TestChild {
  readonly process: ChildProcess;
  readonly lines: string[] = [];
  /** Exit code, or the signal that ended it. */
  readonly ended: Promise<number | string>;
  readonly #waiting: { pattern: RegExp; resolve: (line: string) => void }[] = [];

  constructor(script: string, args: readonly string[], env: NodeJS.ProcessEnv = process.env) {
    const path = fileURLToPath(new URL(`./${script}`, import.meta.url));
    this.process = spawn(process.execPath, [path, ...args], {
      detached: true,
      env,
      stdio: ["ignore", "pipe", "inherit"],
    });
    this.ended = once(this.process, "close").then(([code, signal]) => signal ?? code);
    if (this.process.stdout)
      createInterface({ input: this.process.stdout }).on("line", (line) => this.#take(line));
    onTestFinished(async () => {
      this.process.kill("SIGKILL");
      await this.ended;
    });
  }

  /** The first line that fits, as soon as it is there. Throws where the program ends without it. */
  async line(pattern: RegExp): Promise<string> {
    const known = this.lines.find((line) => pattern.test(line));
    if (known !== undefined) return known;
    const ended = this.ended.then((how) => {
      throw new Error(`ended with ${how} before ${pattern} came:\n${this.lines.join("\n")}`);
    });
    return Promise.race([new Promise<string>((resolve) => this.#waiting.push({ pattern, resolve })), ended]);
  }

  /** As a Ctrl-C in the terminal: to every process of the group. */
  interruptGroup(): void {
    if (this.process.pid !== undefined) process.kill(-this.process.pid, "SIGINT");
  }

  #take(line: string): void {
    this.lines.push(line);
    for (const { pattern, resolve } of this.#waiting) if (pattern.test(line)) resolve(line);
  }
}
