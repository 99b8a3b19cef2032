/** Young code is slow code: everything runs for a while before it is measured. */

import type { Lab } from "./lab.ts";
import { type Load, runLoader } from "./loader.ts";
import type { Contender } from "./measure.ts";
import { PEAK_LOAD } from "./settings.ts";

/** Loads it for as long as the settings say. */
export async function warm(lab: Lab, contender: Contender, load: Load = PEAK_LOAD): Promise<Contender> {
  lab.say(`warming up ${contender.name}`);
  await runLoader(lab.cpus.load, contender, { ...load, durationMs: lab.settings.warmUpMs });
  return contender;
}

/** What is measured in pieces of work, and not by the clock: all of them in turn, at least once, and for as long in sum. */
export async function warmInTurn(
  lab: Pick<Lab, "say"> & { readonly settings: Pick<Lab["settings"], "warmUpMs"> },
  name: string,
  works: readonly (() => Promise<unknown>)[],
): Promise<void> {
  lab.say(`warming up ${name}`);
  const end = performance.now() + lab.settings.warmUpMs;
  do for (const work of works) await work();
  while (performance.now() < end);
}
