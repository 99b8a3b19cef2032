/** A judgement in words. */
import type { Judgement } from "./checker.ts";

/** Nothing in the history is wrong, and there is enough in it to say so. */
export const isKept = ({ violationCount, gaps }: Judgement) => violationCount === 0 && gaps.length === 0;

/** The one line that everybody looks for. */
export function summaryLine(judgement: Judgement): string {
  const { violationCount, facts } = judgement;
  const verdict = isKept(judgement)
    ? "promise kept"
    : violationCount > 0
      ? "promise broken"
      : "nothing proven";
  const { deletes, verifies, faultCount } = facts;
  return `${verdict}: ${deletes} deletes, ${verifies} verifies, ${faultCount} faults, ${violationCount} violations`;
}

/** Everything else, a line each; the violations first. */
export function detailLines(judgement: Judgement): string[] {
  const { violations, violationCount, gaps, facts } = judgement;
  const untold = violationCount - violations.length;
  return [
    ...violations.map(({ kind, text }) => `violation: ${kind}: ${text}`),
    ...(untold > 0 ? [`and ${untold} more violations`] : []),
    ...gaps.map((gap) => `gap: ${gap}`),
    `faults: ${countsOf(facts.faults)}`,
    `asked within a second after a Delete: ${facts.asksSoonAfterDelete}; used as credentials: ${facts.credentials}`,
    `Delete: p50 ${ms(facts.deleteLatency?.p50Ms)}, p99 ${ms(facts.deleteLatency?.p99Ms)}, ` +
      `${facts.deletesThatFenced} waited for a fenced replica; not answered: ${countsOf(facts.deleteErrors)}`,
    `Verify: p50 ${ms(facts.verifyLatency?.p50Ms)}, p99 ${ms(facts.verifyLatency?.p99Ms)}`,
    ...facts.replicas.map(
      ({ valid, notFound, errors, recoveryMs }, index) =>
        `replica ${index}: ${valid} VALID, ${notFound} NOT_FOUND, not answered: ${countsOf(errors)}; ` +
        `answered again ${ms(recoveryMs)} after the last fault`,
    ),
  ];
}

const ms = (value: number | undefined) => (value === undefined ? "never" : `${value.toFixed(1)} ms`);

function countsOf(counts: Readonly<Record<string, number>>): string {
  const entries = Object.entries(counts).map(([name, count]) => `${name} ${count}`);
  return entries.length > 0 ? entries.join(", ") : "none";
}
