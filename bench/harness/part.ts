/** A part of the bench: what it needs, and what it gives. */
import { type Disturbance, disturbanceNotes, disturbancesOf, percent } from "./disturbance.ts";
import type { Absence, GoalId } from "./goals.ts";
import type { Lab } from "./lab.ts";
import type { Run } from "./measure.ts";
import type { Repeat } from "./repeats.ts";
import { ratios } from "./statistics.ts";

export interface Figure {
  readonly name: string;
  readonly unit: string;
  /** One of each repeat. */
  readonly values: readonly number[];
}

export interface PartResult {
  readonly figures: readonly Figure[];
  /** For each goal of the part one value of each repeat, or why there is none. */
  readonly goals: Partial<Record<GoalId, readonly number[] | Absence>>;
  /** Every single measurement, repeat by repeat. */
  readonly runs?: readonly (readonly Run[])[];
  /** What disturbed each repeat, where there are no such measurements that tell it themselves. */
  readonly disturbances?: readonly Disturbance[];
  /** What a reader should know before believing the figures. */
  readonly notes?: readonly string[];
}

export interface Part {
  readonly name: string;
  /** One line for people. */
  readonly summary: string;
  /** Runs only where it is named. */
  readonly onDemand?: true;
  run(lab: Lab): Promise<PartResult>;
}

export const figure = (name: string, unit: string, values: readonly number[]): Figure => ({
  name,
  unit,
  values,
});

export const ratioFigure = (name: string, of: readonly number[], against: readonly number[]): Figure =>
  figure(name, "ratio", ratios(of, against));

export const allRuns = (repeats: readonly Repeat<Run>[]): Run[][] =>
  repeats.map((repeat) => [...repeat.values()]);

/** What parts tell of disturbances whose repeats have no `Run`. */
export function disturbed(
  repeats: readonly Repeat<Disturbance>[],
  stealLimit: number,
): { readonly disturbances: readonly Disturbance[]; readonly notes: readonly string[] } {
  const disturbances = disturbancesOf(repeats);
  return { disturbances, notes: disturbanceNotes(disturbances, stealLimit) };
}

/** Above this use of its processor the loader may be what limits a figure. */
const LOADER_LIMIT = 0.9;

/** Warnings that follow from the measurements themselves. */
export function doubts(repeats: readonly Repeat<Run>[], stealLimit: number): string[] {
  const runs = allRuns(repeats).flat();
  const worst = (value: (run: Run) => number) => Math.max(...runs.map(value));
  const notes: string[] = [];
  const loader = worst((run) => (run.spun ? 0 : run.loaderUse));
  if (loader > LOADER_LIMIT)
    notes.push(`the loader used up to ${percent(loader)} of its processor: it may be the limit`);
  notes.push(...disturbanceNotes(runs, stealLimit));
  const late = runs.find((run) => run.unanswered > 0);
  if (late) notes.push(`${late.contender} did not keep up with the rate: its waiting times are lower bounds`);
  return notes;
}
