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
const BOTTOM = 78;

export interface Plotted {
  readonly arguments: {
    readonly settings: { readonly mode: string; readonly keys: number; readonly peerKeys: number };
    readonly custom: boolean;
  };
  readonly machine: { readonly processor: string; readonly processors: number; readonly node: string };
  readonly outcomes: Outcomes;
}

/** The one server that is of another part than the others. */
const PEER = "better-auth";

/** What each server is and does, for whoever has not read the rest. */
const MEANINGS: Readonly<Record<string, string>> = {
  floor: "bare node:http2, fixed answer",
  keyfast: "the whole service",
  "grpc-js": "fixed answer",
  "connect-node": "fixed answer",
  [PEER]: "its api-key plugin, same MongoDB",
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
  const peers = figuresOf(outcomes, "peer").filter(({ name }) => name === PEER);
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

const line = (y: number, size: number, text: string) =>
  `<text class="quiet" x="16" y="${y}" font-size="${size}">${escaped(text)}</text>`;

/** Under the title, and two lines at the foot: what holds of all bars, and what does not of better-auth's. */
function conditions({ arguments: { settings, custom }, machine }: Plotted, bars: readonly Figure[]) {
  const withPeer = bars.some(({ name }) => name === PEER);
  const fewer = withPeer ? ` (${PEER}: ${settings.peerKeys.toLocaleString("en")})` : "";
  const keys = `${settings.keys.toLocaleString("en")} different keys${fewer}`;
  const apart = withPeer ? `; ${PEER}'s in another part, in turn with keyfast alone` : "";
  const kind = `${settings.mode} run${custom ? ", changed by options" : ""}`;
  return {
    under: `One process on one core, unary calls in HTTP/2, ${keys}, every answer checked`,
    repeats: `Medians, with lines from least to most, of ${bars[0]?.values.length} interleaved repeats${apart}.`,
    machine: `${machine.processor}, ${machine.processors} processors, Node ${machine.node}; ${kind}.`,
  };
}

/** Undefined where there is nothing to show. */
export function plot(plotted: Plotted): string | undefined {
  const { outcomes } = plotted;
  const bars = barsOf(outcomes);
  if (bars.length === 0) return undefined;
  const most = Math.max(...bars.flatMap(({ values }) => values));
  const scale = (WIDTH - LABELS - NUMBERS) / most;
  const height = TOP + bars.length * ROW + BOTTOM;
  const title = "Verify: calls a second";
  const { under, repeats, machine } = conditions(plotted, bars);
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${height}" viewBox="0 0 ${WIDTH} ${height}" role="img">
  <title>${title}, the service beside others</title>
  <style>${STYLE}
  </style>
  <text x="16" y="28" font-size="18" font-weight="600">${title}</text>
  ${line(48, 12.5, under)}${grid(most, scale, height)}${bars
    .map((figure, row) => bar(figure, row, scale))
    .join("")}
  ${line(height - 30, 11, repeats)}
  ${line(height - 14, 11, machine)}
</svg>
`;
}
