/** Which state of the project a run has measured. */
import { execFileSync } from "node:child_process";
import { join } from "node:path";

const ROOT = join(import.meta.dirname, "../..");

export interface Checkout {
  readonly commit: string;
  /** Whether anything that is measured was not as that commit has it. */
  readonly changed: boolean;
}

/** What a run and its publishing write changes nothing that is measured. */
const NOT_MEASURED = [":(exclude)bench/results", ":(exclude)*.md"];
/** Where a new file may be run without being named in any other one: as a preload, a part or a generated type. */
const NEW_FILES_COUNT = ["src", "gen", "bench"];

/** What git says; "unknown" where it says nothing, which is never taken for an unchanged checkout. */
function git(root: string, ...args: string[]): string {
  try {
    return execFileSync("git", args, {
      cwd: root,
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    }).trim();
  } catch {
    return "unknown";
  }
}

export function readCheckout(root = ROOT): Checkout {
  const status = (untracked: "all" | "no", paths: readonly string[]) =>
    git(root, "status", "--porcelain", `--untracked-files=${untracked}`, "--", ...paths, ...NOT_MEASURED);
  return {
    commit: git(root, "rev-parse", "--short", "HEAD"),
    changed: status("no", ["."]) !== "" || status("all", NEW_FILES_COUNT) !== "",
  };
}

/** Of a whole run: servers start all through it, so that the commit at its end need not be what was measured. */
export const checkoutThrough = (before: Checkout, after: Checkout): Checkout => ({
  commit: before.commit,
  changed: before.changed || after.changed || before.commit !== after.commit,
});
