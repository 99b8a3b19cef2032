/** Writes the figures of the last full run into the documents, between markers: no figure in them is typed by hand. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Disturbance, disturbanceNotes, most, percent, WORTH_TELLING } from "./disturbance.ts";
import { formatNumber } from "./report.ts";

const ROOT = join(import.meta.dirname, "../..");

/** What is read of `results/full.json`. */
export interface Published {
  readonly began: string;
  readonly seconds: number;
  readonly machine: {
    readonly processor: string;
    readonly processors: number;
    readonly memoryGb: number;
    readonly kernel: string;
    readonly node: string;
    readonly mongod?: string;
    readonly commit: string;
    readonly changed: boolean;
  };
  readonly settings: { readonly stealLimit: number };
  readonly goals: readonly {
    readonly part: string;
    readonly name: string;
    readonly direction: "at least" | "at most";
    readonly must: number;
    readonly aim: number;
    readonly unit: string;
    readonly status: string;
    readonly min?: number;
    readonly median?: number;
    readonly max?: number;
  }[];
  /** By part. */
  readonly results: Readonly<Record<string, PublishedPart>>;
}

interface PublishedPart {
  readonly failure?: string;
  readonly figures?: readonly { readonly name: string; readonly median: number }[];
  readonly runs?: readonly (readonly Disturbance[])[];
  readonly disturbances?: readonly Disturbance[];
  readonly notes?: readonly string[];
}

/** Why the figures of a run must not be published; empty where nothing is against it. */
export function objections({ results, goals, machine }: ForObjections): string[] {
  const failed = Object.keys(results).filter((part) => results[part]?.failure !== undefined);
  const without = goals.filter(({ status }) => status === "failed").map(({ part }) => part);
  const changed = machine.changed
    ? ["the checkout that was measured had uncommitted changes, or another commit at the end"]
    : [];
  return [...[...new Set([...failed, ...without])].map((part) => `the part ${part} failed`), ...changed];
}

interface ForObjections extends Pick<Published, "results"> {
  readonly goals: readonly Pick<Published["goals"][number], "part" | "status">[];
  readonly machine: Pick<Published["machine"], "changed">;
}

const cell = (value: number | undefined) => (value === undefined ? "" : formatNumber(value));

export function goalsTable({
  goals,
}: {
  readonly goals: readonly Omit<Published["goals"][number], "part">[];
}): string {
  const rows = goals.map(({ name, direction, must, aim, unit, status, min, median, max }) => {
    const sign = direction === "at least" ? "≥" : "≤";
    const bound = (value: number) => `${sign} ${formatNumber(value)}${unit && ` ${unit}`}`;
    return [name, bound(must), bound(aim), cell(min), cell(median), cell(max), status];
  });
  const head = ["Figure", "Must", "Aim", "Min", "Median", "Max", ""];
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  return [line(head), "| --- | ---: | ---: | ---: | ---: | ---: | --- |", ...rows.map(line)].join("\n");
}

/** Microseconds a call, place by place: the floor's beside the service's, whose greatest come first. */
export function profileTable({ results }: Pick<Published, "results">): string {
  const costs = { floor: new Map<string, number>(), keyfast: new Map<string, number>() };
  for (const { name, median } of results.profile?.figures ?? []) {
    const [, server, place] = /^(floor|keyfast)[:,] (.*)$/.exec(name) ?? [];
    if (server !== undefined && place !== undefined) costs[server as keyof typeof costs].set(place, median);
  }
  const all = [...new Set([...costs.keyfast.keys(), ...costs.floor.keys()])];
  const isSum = (place: string) => place.startsWith("each under");
  // Behind those places as well that only the floor has.
  const places = [...all.filter((place) => !isSum(place)), ...all.filter(isSum)];
  const rows = places.map((place) => [
    place.startsWith("node:") ? `\`${place}\`` : place,
    cell(costs.floor.get(place)),
    cell(costs.keyfast.get(place)),
  ]);
  const lines = rows.map((row) => `| ${row.join(" | ")} |`);
  return ["| Place | Floor, us/call | Service, us/call |", "| --- | ---: | ---: |", ...lines].join("\n");
}

export function machineLine({
  began,
  seconds,
  machine: m,
}: Pick<Published, "began" | "seconds" | "machine">): string {
  const state = `commit ${m.commit}${m.changed ? " with changes" : ""}`;
  return (
    `Measured on ${began.slice(0, 10)} in ${Math.round(seconds / 60)} minutes, ${state}: ${m.processor}, ` +
    `${m.processors} processors, ${m.memoryGb} GB, Linux ${m.kernel}, Node ${m.node}, MongoDB ${m.mongod ?? "unknown"}.`
  );
}

const recorded = ({ runs = [], disturbances = [] }: PublishedPart) => [...runs.flat(), ...disturbances];

/** The most of each kind, with the parts in which there was much of it, and those that do not tell. */
export function disturbanceLine({ results }: Pick<Published, "results">): string {
  const parts = Object.entries(results);
  const told = (kind: keyof Disturbance) => {
    const shares = parts.map(([name, part]) => ({ name, share: most(recorded(part))[kind] }));
    const large = shares.filter(({ share }) => share > WORTH_TELLING);
    const list = large.map(({ name, share }) => `\`${name}\` ${percent(share)}`).join(", ");
    return `${percent(Math.max(0, ...shares.map(({ share }) => share)))}${list && ` (${list})`}`;
  };
  const silent = parts.filter(([, part]) => recorded(part).length === 0).map(([name]) => `\`${name}\``);
  const rest = silent.length === 0 ? "" : ` Not recorded in ${silent.join(", ")}.`;
  return `Most of the machine's time that went elsewhere in a measurement: steal ${told("steal")}, other programs ${told("foreign")}.${rest}`;
}

/** The notes of all parts, without those that say again what the line of disturbances says. */
export function notesList({ results, settings }: Pick<Published, "results" | "settings">): string {
  const lines = Object.entries(results).flatMap(([name, part]) => {
    const said = disturbanceNotes(recorded(part), settings.stealLimit);
    const notes = (part.notes ?? []).filter((note) => !said.includes(note));
    return notes.map((note) => `- NOTE, \`${name}\`: ${note}`);
  });
  return lines.join("\n");
}

/** The text with what stands between `<!-- name -->` and `<!-- /name -->` replaced. RangeError without those markers. */
export function replaceBetween(text: string, name: string, content: string): string {
  const [open, close] = [`<!-- ${name} -->`, `<!-- /${name} -->`];
  const [from, to] = [text.indexOf(open), text.indexOf(close)];
  if (from < 0 || to < from) throw new RangeError(`no place between ${open} and ${close}`);
  return `${text.slice(0, from + open.length)}\n\n${content}\n\n${text.slice(to)}`;
}

/** Into `bench/README.md` and the README of the project, from the results of a full run. Writes nothing where it gives objections. */
export function publish(): string[] {
  const results: Published = JSON.parse(readFileSync(join(ROOT, "bench/results/full.json"), "utf8"));
  const against = objections(results);
  if (against.length > 0) return against;
  const texts = [goalsTable(results), machineLine(results), disturbanceLine(results), notesList(results)];
  const table = texts.filter(Boolean).join("\n\n");
  const picture = (path: string) => `![Calls a second of the service and of others](${path})`;
  for (const [file, place, content] of [
    ["bench/README.md", "figures", `${picture("results/full.svg")}\n\n${table}`],
    ["bench/README.md", "profile", profileTable(results)],
    ["README.md", "figures", `${picture("bench/results/full.svg")}\n\n${table}`],
  ] as const) {
    const path = join(ROOT, file);
    writeFileSync(path, replaceBetween(readFileSync(path, "utf8"), place, content));
  }
  return [];
}
