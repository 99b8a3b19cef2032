/** What a run leaves behind: one JSON file and one picture. */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Arguments } from "./arguments.ts";
import type { Machine } from "./machine.ts";
import { plot } from "./plot.ts";
import { type GoalOutcome, type Outcomes, rounded } from "./report.ts";
import { spread } from "./statistics.ts";

const FOLDER = join(import.meta.dirname, "../results");

export interface Record {
  readonly arguments: Arguments;
  readonly machine: Machine;
  readonly began: Date;
  readonly outcomes: Outcomes;
  readonly goals: readonly GoalOutcome[];
}

/** `full`, `quick`, or a name that tells what was left out or changed: only a complete run may stand as `full`. */
export function nameOf({
  settings,
  parts,
  custom,
}: Pick<Arguments, "settings" | "parts" | "custom">): string {
  return [settings.mode, ...(custom ? ["custom"] : []), ...parts].join("-");
}

function toJson({ arguments: { settings, parts, custom }, machine, began, outcomes, goals }: Record) {
  return {
    began: began.toISOString(),
    seconds: Math.round((Date.now() - began.getTime()) / 1_000),
    mode: settings.mode,
    custom,
    parts: parts.length === 0 ? "all" : parts,
    settings,
    machine,
    goals: goals.map(({ goal: { text: name, ...goal }, status, spread: s }) => ({
      ...goal,
      name,
      status,
      ...s,
    })),
    results: Object.fromEntries([...outcomes].map(([name, outcome]) => [name, partToJson(outcome)])),
  };
}

function partToJson(outcome: Outcomes extends ReadonlyMap<string, infer O> ? O : never) {
  if ("failure" in outcome) return outcome;
  const figures = outcome.figures.map((figure) => ({ ...figure, ...spread(figure.values) }));
  return { ...outcome, figures };
}

/** Writes both files, and gives their common path without an ending. */
export async function saveResults(record: Record): Promise<string> {
  await mkdir(FOLDER, { recursive: true });
  const path = join(FOLDER, nameOf(record.arguments));
  const text = JSON.stringify(
    toJson(record),
    (_, value) => (typeof value === "number" ? rounded(value) : value),
    2,
  );
  await writeFile(`${path}.json`, `${text}\n`);
  const picture = plot(record);
  if (picture !== undefined) await writeFile(`${path}.svg`, picture);
  return path;
}
