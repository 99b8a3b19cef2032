/** What people read: figures of each part, and the table of goals. */
import { type Absence, GOALS, type Goal, type Judgement, judge } from "./goals.ts";
import type { Figure, PartResult } from "./part.ts";
import { type Spread, spread } from "./statistics.ts";

/** A part that ran, or why it gave nothing. */
export type Outcome = PartResult | { readonly failure: string };
export type Outcomes = ReadonlyMap<string, Outcome>;

export interface GoalOutcome {
  readonly goal: Goal;
  readonly status: Judgement | Absence;
  /** Over the repeats; judged by its median. */
  readonly spread: Spread | undefined;
}

export function judgeGoals(outcomes: Outcomes): GoalOutcome[] {
  return GOALS.map((goal) => judgeGoal(goal, outcomes.get(goal.part)));
}

function judgeGoal(goal: Goal, outcome: Outcome | undefined): GoalOutcome {
  const absent = (status: Absence) => ({ goal, status, spread: undefined });
  if (!outcome) return absent("not asked for");
  if ("failure" in outcome) return absent("failed");
  const values = outcome.goals[goal.id];
  // A part that forgets one of its goals must not make it look as if nobody had asked.
  if (values === undefined) return absent("failed");
  if (typeof values === "string") return absent(values);
  const overRepeats = spread(values);
  return { goal, status: judge(goal, overRepeats.median), spread: overRepeats };
}

/** Three significant digits, thousands set apart: as much as a shared machine can tell. */
export function formatNumber(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  return value.toLocaleString("en", { maximumSignificantDigits: 3 });
}

/** Six significant digits: more would be noise, in a file as well. */
export const rounded = (value: number): number => Number(value.toPrecision(6));

const EMPTY_SPREAD = ["", "", ""];
const formatSpread = (s: Spread | undefined) =>
  s ? [s.min, s.median, s.max].map(formatNumber) : EMPTY_SPREAD;

/** Left-aligned first column, the others right-aligned. */
export function formatTable(rows: readonly (readonly string[])[]): string {
  const columns = Math.max(...rows.map((row) => row.length));
  const widths = Array.from({ length: columns }, (_, i) =>
    Math.max(...rows.map((row) => row[i]?.length ?? 0)),
  );
  const pad = (cell: string, i: number) =>
    i === 0 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0);
  return rows.map((row) => row.map(pad).join("  ").trimEnd()).join("\n");
}

const figureRow = ({ name, unit, values }: Figure) => [`  ${name}`, unit, ...formatSpread(spread(values))];

export function formatPart(name: string, outcome: Outcome): string {
  if ("failure" in outcome) return `${name}: FAILED\n  ${outcome.failure.replaceAll("\n", "\n  ")}`;
  if (outcome.figures.length === 0) {
    const reasons = [...new Set(Object.values(outcome.goals)), ...(outcome.notes ?? [])];
    return `${name}: nothing measured (${reasons.join(", ")})`;
  }
  const head = [name, "", "min", "median", "max"];
  const table = formatTable([head, ...outcome.figures.map(figureRow)]);
  return [table, ...(outcome.notes ?? []).map((note) => `  NOTE: ${note}`)].join("\n");
}

function goalRow({ goal, status, spread: values }: GoalOutcome): string[] {
  const sign = goal.direction === "at least" ? ">=" : "<=";
  const bound = (value: number) => `${sign} ${formatNumber(value)}${goal.unit && ` ${goal.unit}`}`;
  return [goal.text, bound(goal.must), bound(goal.aim), ...formatSpread(values), status];
}

export function formatGoals(goals: readonly GoalOutcome[]): string {
  return formatTable([["goal", "must", "aim", "min", "median", "max", ""], ...goals.map(goalRow)]);
}
