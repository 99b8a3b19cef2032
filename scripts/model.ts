/**
 * Searches the model of the revocation protocol: intact it must hold, every broken variant must be caught, every
 * named state must be reached. Exits 1 when any search comes out otherwise, 2 when one cannot be run.
 *
 *     npm run model                    all of them, two at a time
 *     npm run model -- NAME...         these
 *     npm run model -- --trace NAME    the shortest run that breaks the promise or reaches the state
 *     npm run model -- --table         all of them, and the results into the tables of spec/README.md
 */
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { type Case, protocol, spare, states, variants } from "../spec/cases.ts";
import { type Found, missingTool, search } from "../spec/search.ts";

const readme = new URL("../spec/README.md", import.meta.url).pathname;
const all = [...protocol, ...variants, ...spare, ...states];
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

async function searchAll(cases: readonly Case[], scratch: string): Promise<Map<Case, Found>> {
  const results = new Map<Case, Found>();
  const waiting = [...cases];
  const worker = async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const found = await search(next, scratch, stop.signal);
      results.set(next, found);
      console.log(line(next, found));
      if (found.outcome === "incomplete") console.log(found.output.trim());
    }
  };
  await Promise.all(Array.from({ length: Math.min(2, availableParallelism()) }, worker));
  return results;
}

async function printTrace(cases: readonly Case[], scratch: string): Promise<Map<Case, Found>> {
  const results = new Map<Case, Found>();
  for (const searched of cases) {
    const found = await search(searched, scratch, stop.signal);
    results.set(searched, found);
    console.log(`${searched.name}: ${searched.shows}`);
    for (const step of found.trail) console.log(`  ${step.trim()}`);
    console.log(line(searched, found));
  }
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
  for (const [name, cases] of Object.entries({ protocol, variants, spare, states })) {
    const place = new RegExp(`(<!-- ${name} -->\n)[^]*?(<!-- end -->)`);
    if (!place.test(text)) throw new Error(`spec/README.md has no place for the table "${name}"`);
    text = text.replace(place, (_, begin: string, end: string) => `${begin}${table(cases, results)}\n${end}`);
  }
  await writeFile(readme, text);
}

function chosen(names: readonly string[]): readonly Case[] {
  const unknown = names.filter((name) => !all.some((searched) => searched.name === name));
  if (unknown.length > 0) throw new Error(`no such search: ${unknown.join(", ")}`);
  return names.length === 0 ? all : all.filter((searched) => names.includes(searched.name));
}

function summary(results: ReadonlyMap<Case, Found>): string {
  const differing = [...results].filter(([searched, found]) => searched.expected !== found.outcome).length;
  const visited = [...results.values()].reduce((sum, found) => sum + found.states, 0);
  return `${results.size} searches, ${count.format(visited)} states, ${differing} not as expected`;
}

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { trace: { type: "boolean", default: false }, table: { type: "boolean", default: false } },
  });
  const cases = chosen(values.table ? [] : positionals);
  const missing = await missingTool(stop.signal);
  if (missing !== undefined) {
    throw new Error(
      `${missing} is not installed: the model needs spin and a C compiler (Debian: apt install spin gcc)`,
    );
  }
  const scratch = await mkdtemp(join(tmpdir(), "keyfast-model-"));
  try {
    const results = await (values.trace ? printTrace(cases, scratch) : searchAll(cases, scratch));
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
