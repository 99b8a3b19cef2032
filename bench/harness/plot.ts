/** The picture for the README: calls a second of each server, the median as a bar and min to max as a line. */
import type { Figure } from "./part.ts";
import { formatNumber, type Outcomes } from "./report.ts";
import { spread } from "./statistics.ts";

const WIDTH = 760;
const LABELS = 190;
const NUMBERS = 80;
const ROW = 34;
const BAR = 18;
const TOP = 58;
const BOTTOM = 34;

export interface Plotted {
  readonly arguments: {
    readonly settings: { readonly mode: string; readonly keys: number };
    readonly custom: boolean;
  };
  readonly machine: { readonly processor: string; readonly processors: number; readonly node: string };
  readonly outcomes: Outcomes;
}

const escaped = (text: string) =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;");

function figuresOf(outcomes: Outcomes, part: string): Figure[] {
  const outcome = outcomes.get(part);
  if (!outcome || "failure" in outcome) return [];
  return outcome.figures.filter(({ unit }) => unit === "calls/s");
}

/** The servers of the part `verify`, and better-auth where it took part. */
function barsOf(outcomes: Outcomes): Figure[] {
  const peers = figuresOf(outcomes, "peer").filter(({ name }) => name === "better-auth");
  return [...figuresOf(outcomes, "verify"), ...peers];
}

function bar({ name, values }: Figure, row: number, scale: number): string {
  const { min, median, max } = spread(values);
  const y = TOP + row * ROW;
  const x = (value: number) => (LABELS + value * scale).toFixed(1);
  const middle = y + BAR / 2;
  const colour = name.startsWith("keyfast") ? "#1a7f4b" : "#8a94a3";
  return `
  <text x="${LABELS - 10}" y="${middle + 4}" text-anchor="end">${escaped(name)}</text>
  <rect x="${LABELS}" y="${y}" width="${(median * scale).toFixed(1)}" height="${BAR}" rx="2" fill="${colour}"/>
  <path d="M${x(min)} ${middle}H${x(max)}M${x(min)} ${middle - 4}v8M${x(max)} ${middle - 4}v8" stroke="#111" fill="none"/>
  <text x="${Number(x(max)) + 8}" y="${middle + 4}">${formatNumber(median)}</text>`;
}

/** Undefined where there is nothing to show. */
export function plot({ arguments: { settings, custom }, machine, outcomes }: Plotted): string | undefined {
  const bars = barsOf(outcomes);
  if (bars.length === 0) return undefined;
  const most = Math.max(...bars.flatMap(({ values }) => values));
  const scale = (WIDTH - LABELS - NUMBERS) / most;
  const height = TOP + bars.length * ROW + BOTTOM;
  const kind = `${settings.mode} run${custom ? ", other amounts" : ""}`;
  const foot = `${machine.processor}, ${machine.processors} processors, Node ${machine.node}; ${kind}; medians, lines from least to most`;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" font-family="sans-serif" font-size="13" role="img">
  <title>Verify calls a second, one process on one core</title>
  <rect width="${WIDTH}" height="${height}" fill="#fff"/>
  <text x="16" y="26" font-size="16" font-weight="600">Verify: calls a second, one process on one core, ${settings.keys.toLocaleString("en")} keys</text>${bars
    .map((figure, row) => bar(figure, row, scale))
    .join("")}
  <text x="16" y="${height - 12}" font-size="11" fill="#555">${escaped(foot)}</text>
</svg>
`;
}
