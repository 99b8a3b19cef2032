/** The picture for the README: calls a second of each server, the median as a bar and min to max as a line. */
import type { Figure } from "./part.ts";
import { formatNumber, type Outcomes } from "./report.ts";
import { spread } from "./statistics.ts";

const WIDTH = 820;
const LABELS = 236;
const NUMBERS = 84;
const ROW = 46;
const BAR = 22;
const TOP = 74;
const BOTTOM = 62;

export interface Plotted {
  readonly arguments: {
    readonly settings: { readonly mode: string; readonly keys: number };
    readonly custom: boolean;
  };
  readonly machine: { readonly processor: string; readonly processors: number; readonly node: string };
  readonly outcomes: Outcomes;
}

/** What each server is and does, for whoever has not read the rest. */
const MEANINGS: Readonly<Record<string, string>> = {
  floor: "bare node:http2, fixed answer",
  keyfast: "the whole service",
  "grpc-js": "fixed answer",
  "connect-node": "fixed answer",
  "better-auth": "its api-key plugin, same MongoDB",
};

/** In both colour schemes of a reader: the picture has no ground of its own. */
const STYLE = `
    text { font-family: system-ui, "Segoe UI", "Helvetica Neue", Arial, sans-serif; fill: #1f2328; }
    .quiet { fill: #59636e; }
    .grid { stroke: #d1d9e0; }
    .whisker { stroke: #1f2328; stroke-opacity: .65; fill: none; stroke-width: 1.5; }
    .bar { fill: #9aa4b0; }
    .own { fill: #1f883d; }
    @media (prefers-color-scheme: dark) {
      text { fill: #f0f6fc; }
      .quiet { fill: #9198a1; }
      .grid { stroke: #3d444d; }
      .whisker { stroke: #f0f6fc; }
      .bar { fill: #656c76; }
      .own { fill: #2ea043; }
    }`;

const escaped = (text: string) =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;");

function figuresOf(outcomes: Outcomes, part: string): Figure[] {
  const outcome = outcomes.get(part);
  if (!outcome || "failure" in outcome) return [];
  return outcome.figures.filter(({ unit }) => unit === "calls/s");
}

const medianOf = ({ values }: Figure) => spread(values).median;

/** The servers of the part `verify`, and better-auth where it took part; the fastest first. */
function barsOf(outcomes: Outcomes): Figure[] {
  const peers = figuresOf(outcomes, "peer").filter(({ name }) => name === "better-auth");
  return [...figuresOf(outcomes, "verify"), ...peers].toSorted((a, b) => medianOf(b) - medianOf(a));
}

/** 1, 2 or 5 times a power of ten, so that there are three to six lines. */
export function gridStep(most: number): number {
  const power = 10 ** Math.floor(Math.log10(most / 3));
  return ([5, 2, 1].find((factor) => factor * power * 3 <= most) ?? 1) * power;
}

const x = (value: number, scale: number) => (LABELS + value * scale).toFixed(1);

function grid(most: number, scale: number, height: number): string {
  const step = gridStep(most);
  const bottom = height - BOTTOM + 4;
  const lines: string[] = [];
  for (let value = 0; value <= most; value += step) {
    lines.push(`
  <path class="grid" d="M${x(value, scale)} ${TOP - 10}V${bottom}"/>
  <text class="quiet" x="${x(value, scale)}" y="${bottom + 16}" font-size="11" text-anchor="middle">${formatNumber(value)}</text>`);
  }
  return lines.join("");
}

function bar({ name, values }: Figure, row: number, scale: number): string {
  const { min, median, max } = spread(values);
  const y = TOP + row * ROW;
  const middle = y + BAR / 2;
  const own = name.startsWith("keyfast");
  const meaning = MEANINGS[name];
  const nameY = meaning === undefined ? middle + 5 : middle - 2;
  return `
  <text x="${LABELS - 12}" y="${nameY}" text-anchor="end" font-size="14"${own ? ' font-weight="600"' : ""}>${escaped(name)}</text>
  <text class="quiet" x="${LABELS - 12}" y="${middle + 13}" text-anchor="end" font-size="11">${escaped(meaning ?? "")}</text>
  <rect class="${own ? "own" : "bar"}" x="${LABELS}" y="${y}" width="${(median * scale).toFixed(1)}" height="${BAR}" rx="3"/>
  <path class="whisker" d="M${x(min, scale)} ${middle}H${x(max, scale)}M${x(min, scale)} ${middle - 4}v8M${x(max, scale)} ${middle - 4}v8"/>
  <text x="${Number(x(max, scale)) + 10}" y="${middle + 5}" font-size="14"${own ? ' font-weight="600"' : ""}>${formatNumber(median)}</text>`;
}

/** Undefined where there is nothing to show. */
export function plot({ arguments: { settings, custom }, machine, outcomes }: Plotted): string | undefined {
  const bars = barsOf(outcomes);
  if (bars.length === 0) return undefined;
  const most = Math.max(...bars.flatMap(({ values }) => values));
  const scale = (WIDTH - LABELS - NUMBERS) / most;
  const height = TOP + bars.length * ROW + BOTTOM;
  const kind = `${settings.mode} run${custom ? ", changed by options" : ""}`;
  const keys = settings.keys.toLocaleString("en");
  const title = "Verify: calls a second";
  const under = `One process on one core, unary calls in HTTP/2, ${keys} different keys, every answer checked`;
  const foot = `Medians of ${bars[0]?.values.length} interleaved repeats, lines from least to most. ${machine.processor}, ${machine.processors} processors, Node ${machine.node}; ${kind}.`;
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${height}" viewBox="0 0 ${WIDTH} ${height}" role="img">
  <title>${title}, the service beside others</title>
  <style>${STYLE}
  </style>
  <text x="16" y="28" font-size="18" font-weight="600">${title}</text>
  <text class="quiet" x="16" y="48" font-size="12.5">${escaped(under)}</text>${grid(most, scale, height)}${bars
    .map((figure, row) => bar(figure, row, scale))
    .join("")}
  <text class="quiet" x="16" y="${height - 14}" font-size="11">${escaped(foot)}</text>
</svg>
`;
}
