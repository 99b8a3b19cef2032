/** How often V8 collects all garbage of a process that serves. */
import { performance } from "node:perf_hooks";
import { setFlagsFromString } from "node:v8";

/**
 * How much the heap may grow between two full collections, in percent of what is alive, besides some megabytes of V8's
 * own: so little while there is time to spare, and without it as much as V8 sees fit.
 */
const SPARING_PERCENT = 10;
const V8_DECIDES = 0;

/** Shares of the time that the event loop was busy. Between them it stays as it is. */
const IS_SPARE = 0.75;
const IS_SCARCE = 0.9;
/** In milliseconds. */
const LOOK_MS = 250;

export function growthPercent(before: number, utilization: number): number {
  if (utilization <= IS_SPARE) return SPARING_PERCENT;
  return utilization >= IS_SCARCE ? V8_DECIDES : before;
}

/**
 * While there is time to spare, many short stops in place of a few long ones. V8 lets a heap grow to several times of what
 * is alive, and then stops all calls for as long as it takes to sweep that away: mostly the streams of HTTP/2, which Node
 * leaves there until then (bench/README.md says why). To collect more often costs more in all, since what is alive is
 * gone through each time; at full load that would be calls that are not answered.
 *
 * V8 looks at the flag at the end of each full collection, so it may change while the process runs.
 */
export function keepStopsShort(utilization: () => number = utilizationMeter()): void {
  let growth = V8_DECIDES;
  const look = () => {
    const wanted = growthPercent(growth, utilization());
    if (wanted === growth) return;
    growth = wanted;
    setFlagsFromString(`--heap-growing-percent=${growth}`);
  };
  setInterval(look, LOOK_MS).unref();
}

/** Tells how busy the event loop was since it was last asked: 0 to 1. */
function utilizationMeter(): () => number {
  let seen = performance.eventLoopUtilization();
  return () => {
    const before = seen;
    seen = performance.eventLoopUtilization();
    return performance.eventLoopUtilization(seen, before).utilization;
  };
}
