/**
 * A process that makes garbage which outlives young collections, as one that serves does. Prints how many full collections
 * that took. Wants --expose-gc. Argument: how busy its event loop is said to be, 0 to 1; without it, V8 alone decides when to collect.
 */
import { constants, type PerformanceEntry, PerformanceObserver } from "node:perf_hooks";
import { setTimeout as rest } from "node:timers/promises";
import { keepStopsShort } from "../../../src/garbage.ts";

const LIVE = 100_000;
const TURNS = 800;
/** V8 collects beside the program, which would otherwise be far ahead of it. In milliseconds. */
const REST_MS = 2;

const live: unknown[] = new Array(LIVE);
let made = 0;
let collections = 0;

function makeGarbage(objects: number): void {
  for (let i = 0; i < objects; i++) live[made++ % LIVE] = { made, of: [made, `${made}`] };
}

/** Resolves once the utilization has been looked at. */
async function keepShort(utilization: number): Promise<void> {
  // Looking keeps no process alive.
  const waiting = setInterval(() => {}, 1_000);
  await new Promise<void>((resolve) => {
    keepStopsShort(() => {
      resolve();
      return utilization;
    });
  });
  clearInterval(waiting);
}

const isFull = (entry: PerformanceEntry) =>
  (entry as PerformanceEntry & { detail: { kind: number } }).detail.kind ===
  constants.NODE_PERFORMANCE_GC_MAJOR;

new PerformanceObserver((list) => {
  collections += list.getEntries().filter(isFull).length;
}).observe({ entryTypes: ["gc"] });

const [, , utilization] = process.argv;
if (utilization !== undefined) await keepShort(Number(utilization));
// How much the heap may grow is decided at the end of a full collection; a young process may be long without one.
globalThis.gc?.();
for (let turn = 0; turn < TURNS; turn++) {
  makeGarbage(4_000);
  await rest(REST_MS);
}
process.stdout.write(`${collections}`);
