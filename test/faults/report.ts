/** What several fault runs have shown together, as JSON and for people. */
import { writeFile } from "node:fs/promises";
import { arch, availableParallelism, cpus, platform } from "node:os";
import type { Judgement } from "./checker.ts";
import type { Facts } from "./facts.ts";
import { FAULTS, type FaultKind, LANES } from "./schedule.ts";
import { isKept, summaryLine } from "./summary.ts";

export interface SeedResult {
  readonly seed: number;
  readonly judgement: Judgement;
}

export interface Report {
  readonly seconds: number;
  readonly mongodVersion: string;
  readonly results: readonly SeedResult[];
  /** The same with a Delete that does not wait; the checker must fail it. */
  readonly control: SeedResult;
}

/** Every seed kept the promise, and the checker saw that the control did not. */
export const isProven = ({ results, control }: Report) =>
  results.length > 0 && results.every(({ judgement }) => isKept(judgement)) && isCaught(control);

export const isCaught = ({ judgement }: SeedResult) =>
  judgement.violations.some(({ kind }) => kind === "accepted after Delete");

/** Writes `<path>.md` and `<path>.json`. */
export async function writeReport(path: string, report: Report): Promise<void> {
  await writeFile(`${path}.md`, `${markdownLines(report).join("\n")}\n`);
  await writeFile(`${path}.json`, `${JSON.stringify({ machine: machine(), ...report }, undefined, 2)}\n`);
}

const machine = () => ({
  platform: `${platform()} ${arch()}`,
  cpu: cpus()[0]?.model ?? "unknown",
  cores: availableParallelism(),
  node: process.version,
});

function markdownLines(report: Report): string[] {
  const { seconds, results, control, mongodVersion } = report;
  const { platform, cpu, cores, node } = machine();
  const facts = results.map(({ judgement }) => judgement.facts);
  const sum = (count: (facts: Facts) => number) => facts.reduce((total, one) => total + count(one), 0);
  const violations = results.reduce((total, { judgement }) => total + judgement.violationCount, 0);
  return [
    "# Fault runs",
    "",
    `\`npm run faults -- --seed ${results[0]?.seed} --seeds ${results.length} --seconds ${seconds} --report FILE\``,
    "",
    `${results.length} seeds, ${seconds} seconds of faults each (${((results.length * seconds) / 60).toFixed(0)} minutes). ` +
      `Three members of MongoDB ${mongodVersion}, three replicas and all clients on one machine: ${cores} cores of ${cpu}, ` +
      `${platform}, Node ${node}.`,
    "",
    `**${isProven(report) ? "Promise kept" : "Not proven"}:** ${sum((f) => f.deletes)} deletes, ` +
      `${sum((f) => f.verifies)} verifies, ${sum((f) => f.faultCount)} faults, ${violations} violations. ` +
      `${sum((f) => f.asksSoonAfterDelete)} of the verifies asked about a key within a second after its Delete had returned; ` +
      `${sum((f) => f.deletesThatFenced)} deletes had to wait for a replica that was fenced.`,
    "",
    `Of the verifies ${sum(validOf)} were answered VALID. Not answered, so that their outcome was unknown to the caller, were ` +
      `${sum(unknownDeletesOf)} deletes (most were sent again) and ${sum(unansweredOf)} verifies.`,
    "",
    "Figures for Delete and Verify are over the whole run, faults included. Recovery: from the end of the last fault until the",
    "slowest replica had answered VALID.",
    "",
    "| seed | leases (ms) | memory (keys) | deletes | of them fenced | verifies | not answered | faults | violations | Delete p50 / p99 (ms) | Verify p50 / p99 (ms) | recovery (ms) |",
    "| ---: | --- | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |",
    ...results.map(row),
    "",
    "Replicas are killed by SIGKILL, stopped by SIGTERM, and paused by SIGSTOP until SIGCONT for longer than any lease. Links are",
    "those from replicas to members; a deaf one carries what is sent and nothing that is answered. A parted primary is cut off",
    "from the other members and from some replicas; a superseded one does not notice.",
    "",
    "| fault | times |",
    "| --- | ---: |",
    ...faultRows(facts),
    "",
    "The same with a Delete that does not wait for the replicas, which the checker must see broken:",
    "",
    `seed ${control.seed}: ${summaryLine(control.judgement)}`,
    ...(control.judgement.violations[0] ? ["", `The first: ${control.judgement.violations[0].text}`] : []),
  ];
}

const total = (counts: readonly number[]) => counts.reduce((sum, count) => sum + count, 0);
const validOf = ({ replicas }: Facts) => total(replicas.map(({ valid }) => valid));
const unansweredOf = ({ replicas }: Facts) => total(replicas.flatMap(({ errors }) => Object.values(errors)));
const unknownDeletesOf = ({ deleteErrors }: Facts) => total(Object.values(deleteErrors));

function row({ seed, judgement }: SeedResult): string {
  const { facts, violationCount, gaps } = judgement;
  const { run, deleteLatency, verifyLatency, replicas } = facts;
  const unanswered = unansweredOf(facts);
  const recovery = replicas.map(({ recoveryMs }) => recoveryMs ?? Number.POSITIVE_INFINITY);
  const cells = [
    seed,
    run?.replicas.map(({ leaseMs }) => leaseMs).join(", "),
    run?.replicas.map(({ cacheKeys }) => cacheKeys).join(", "),
    facts.deletes,
    facts.deletesThatFenced,
    facts.verifies,
    `${((100 * unanswered) / (unanswered + facts.verifies)).toFixed(0)} %`,
    facts.faultCount,
    gaps.length > 0 ? `${violationCount}; ${gaps.join("; ")}` : violationCount,
    `${deleteLatency?.p50Ms.toFixed(0)} / ${deleteLatency?.p99Ms.toFixed(0)}`,
    `${verifyLatency?.p50Ms.toFixed(1)} / ${verifyLatency?.p99Ms.toFixed(0)}`,
    Math.max(...recovery).toFixed(0),
  ];
  return `| ${cells.join(" | ")} |`;
}

function faultRows(facts: readonly Facts[]): string[] {
  // Also those that did not occur, so that nobody takes them for shown.
  const kinds: readonly FaultKind[] = LANES.flatMap((lane) => FAULTS[lane]);
  const times = (kind: FaultKind) => facts.reduce((total, { faults }) => total + (faults[kind] ?? 0), 0);
  return kinds.map((kind) => `| ${kind} | ${times(kind)} |`);
}
