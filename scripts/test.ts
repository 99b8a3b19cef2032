/**
 * Runs the named parts of the tests and ends with one line, `N passed, N failed`. A skipped test counts as failed:
 * what is not run is not known to work.
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

interface Part {
  /** Which of the `vitest.*.config.ts` it runs with. */
  readonly config: string;
  /** Only these; otherwise all that its configuration names. */
  readonly paths?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** Unit tests need no database; integration tests start one; foreign and browser tests need packages of the operating system. */
const PARTS: Readonly<Record<string, Part>> = {
  unit: { config: "unit" },
  // Whatever no other configuration names: a new folder of tests needs no word anywhere.
  integration: { config: "integration" },
  // The contract once more, with every call through the general door: else nothing would show that both answer alike.
  general: {
    config: "integration",
    paths: ["test/rpc", "test/clients"],
    env: { KEYFAST_TEST_DOOR: "general" },
  },
  foreign: { config: "foreign" },
  browser: { config: "browser" },
};

interface Report {
  readonly numPassedTests: number;
  readonly numTotalTests: number;
  readonly numFailedTestSuites: number;
  readonly success: boolean;
}

function run(name: string, folder: string): { passed: number; failed: number } {
  const report = join(folder, `${name}.json`);
  const part = PARTS[name];
  if (!part) throw new Error(`there is no part ${name}; there are ${Object.keys(PARTS).join(", ")}`);
  const args = [
    "run",
    "--config",
    `vitest.${part.config}.config.ts`,
    "--reporter=default",
    "--reporter=json",
  ];
  const { status } = spawnSync("vitest", [...args, `--outputFile.json=${report}`, ...(part.paths ?? [])], {
    stdio: "inherit",
    env: { ...process.env, ...part.env },
  });
  try {
    const { numPassedTests, numTotalTests, success } = JSON.parse(readFileSync(report, "utf8")) as Report;
    const failed = numTotalTests - numPassedTests;
    // A file that cannot be loaded, or a part without tests, is a failure too, though no test of it failed.
    const broken = failed === 0 && (!success || status !== 0 || numTotalTests === 0) ? 1 : 0;
    return { passed: numPassedTests, failed: failed + broken };
  } catch {
    return { passed: 0, failed: 1 };
  }
}

const folder = mkdtempSync(join(tmpdir(), "keyfast-report-"));
const results = process.argv.slice(2).map((part) => run(part, folder));
rmSync(folder, { recursive: true, force: true });
const passed = results.reduce((sum, result) => sum + result.passed, 0);
const failed = results.reduce((sum, result) => sum + result.failed, 0);
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 && passed > 0 ? 0 : 1;
