/**
 * Searches the model of the revocation protocol: intact it must hold, every broken variant must be caught, every
 * named state must be reached. Exits 1 when any search comes out otherwise, 2 when one cannot be run.
 *
 *     npm run model                    all of them, two at a time
 *     npm run model -- NAME...         these
 *     npm run model -- --trace NAME    the shortest run that breaks the promise or reaches the state
 *     npm run model -- --long          the intact protocol in larger configurations, one at a time
 *     npm run model -- --table         also write the results into the tables of spec/README.md
 */
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { type Case, long, protocol, spare, states, variants } from "../spec/cases.ts";
import { type Found, missingTool, search } from "../spec/search.ts";

const readme = new URL("../spec/README.md", import.meta.url).pathname;
const usual = [...protocol, ...variants, ...spare, ...states];
/** Searches that run at once stay below it together. */
const megabytes = 5_900;
const count = new Intl.NumberFormat("en-US");
const stop = new AbortController();
for (const name of ["SIGINT", "SIGTERM"] as const) process.once(name, () => stop.abort());

function line(searched: Case, found: Found): string {
  const verdict = found.outcome === searched.expected ? "ok  " : "FAIL";
  const name = searched.name.padEnd(34);
  const outcomes = `expected ${searched.expected.padEnd(7)} got ${found.outcome.padEnd(7)}`;
  const size = `${count.format(found.states).padStart(10)} states, depth ${found.depth}`;
  return `${verdict} ${name} ${outcomes} ${size}, ${found.seconds.toFixed(1)} s`;
}

/** Prints each result as it comes, and the run that was found where a trace is wanted or nobody expected one. */
async function searchAll(cases: readonly Case[], atOnce: number, scratch: string, trace: boolean) {
  const results = new Map<Case, Found>();
  const waiting = [...cases];
  const worker = async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const found = await search(next, scratch, Math.floor(megabytes / atOnce), stop.signal);
      results.set(next, found);
      const told = trace || found.outcome !== next.expected;
      const steps = told ? [next.shows, ...found.trail].map((step) => `  ${step.trim()}`) : [];
      const fault = found.outcome === "incomplete" ? [found.output.trim()] : [];
      console.log([line(next, found), ...steps, ...fault].join("\n"));
    }
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
  return results;
}

function row(searched: Case, found: Found): string {
  const size = `${count.format(found.states)} | ${found.depth} | ${found.seconds.toFixed(1)}`;
  const rule = searched.rule === "" ? "" : `${searched.rule} | `;
  return `| ${rule}\`${searched.name}\` | ${searched.shows} | ${found.outcome} | ${size} |`;
}

function table(cases: readonly Case[], results: ReadonlyMap<Case, Found>): string {
  const rule = cases.some((searched) => searched.rule !== "");
  const head = `| ${rule ? "rule | " : ""}name | what it shows | result | states | depth | seconds |`;
  const rows = cases.flatMap((searched) => {
    const found = results.get(searched);
    return found === undefined ? [] : [row(searched, found)];
  });
  return [head, head.replaceAll(/[^|]+/g, " --- "), ...rows].join("\n");
}

async function writeTables(results: ReadonlyMap<Case, Found>): Promise<void> {
  let text = await readFile(readme, "utf8");
  for (const [name, cases] of Object.entries({ protocol, long, variants, spare, states })) {
    if (!cases.every((searched) => results.has(searched))) continue;
    const place = new RegExp(`(<!-- ${name} -->\n)[^]*?(<!-- end -->)`);
    if (!place.test(text)) throw new Error(`spec/README.md has no place for the table "${name}"`);
    text = text.replace(place, (_, begin: string, end: string) => `${begin}${table(cases, results)}\n${end}`);
  }
  await writeFile(readme, text);
}

function chosen(names: readonly string[], larger: boolean): readonly Case[] {
  if (names.length === 0) return larger ? long : usual;
  const known = [...usual, ...long];
  const unknown = names.filter((name) => !known.some((searched) => searched.name === name));
  if (unknown.length > 0) throw new Error(`no such search: ${unknown.join(", ")}`);
  return known.filter((searched) => names.includes(searched.name));
}

function summary(results: ReadonlyMap<Case, Found>): string {
  const differing = [...results].filter(([searched, found]) => searched.expected !== found.outcome).length;
  const visited = [...results.values()].reduce((sum, found) => sum + found.states, 0);
  return `${results.size} searches, ${count.format(visited)} states, ${differing} not as expected`;
}

async function main(): Promise<void> {
  const option = { type: "boolean", default: false } as const;
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { trace: option, table: option, long: option },
  });
  const cases = chosen(positionals, values.long);
  const atOnce = cases.some((searched) => long.includes(searched)) ? 1 : Math.min(2, availableParallelism());
  const missing = await missingTool(stop.signal);
  if (missing !== undefined) {
    throw new Error(
      `${missing} is not installed: the model needs spin and a C compiler (Debian: apt install spin gcc)`,
    );
  }
  const scratch = await mkdtemp(join(tmpdir(), "keyfast-model-"));
  try {
    const results = await searchAll(cases, atOnce, scratch, values.trace);
    console.log(summary(results));
    if ([...results].some(([searched, found]) => searched.expected !== found.outcome)) process.exitCode = 1;
    else if (values.table) await writeTables(results);
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

await main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 2;
});
