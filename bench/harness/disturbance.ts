/** What else the machine did while something was measured. */
import { familyCpuSeconds, type MachineTime, machineTime } from "./proc.ts";
import type { Repeat } from "./repeats.ts";

/** Shares of the whole machine's time. */
export interface Disturbance {
  /** Taken by the host. */
  readonly steal: number;
  /** Used by anything that is not of this bench. */
  readonly foreign: number;
}

/** A share above this is worth telling. */
export const WORTH_TELLING = 0.05;

/** Between two readings, in which the bench and all that it runs used so many seconds of processor time. */
export function disturbance(from: MachineTime, to: MachineTime, ours: number): Disturbance {
  const total = to.total - from.total;
  if (total <= 0) return { steal: 0, foreign: 0 };
  const steal = to.steal - from.steal;
  const idle = to.idle - from.idle;
  return { steal: steal / total, foreign: Math.max(0, total - idle - steal - ours) / total };
}

/** Gives a function that tells what disturbed since. */
export function disturbanceMeter(): () => Disturbance {
  const read = () => ({ machine: machineTime(), ours: familyCpuSeconds(process.pid) });
  const from = read();
  return () => {
    const to = read();
    return disturbance(from.machine, to.machine, to.ours - from.ours);
  };
}

/** Runs `work`, and adds what disturbed it to what it gives. */
export async function withDisturbance<R>(work: () => Promise<R>): Promise<R & Disturbance> {
  const disturbed = disturbanceMeter();
  const result = await work();
  return { ...result, ...disturbed() };
}

export const disturbancesOf = (repeats: readonly Repeat<Disturbance>[]): Disturbance[] =>
  repeats.flatMap((repeat) => [...repeat.values()].map(({ steal, foreign }) => ({ steal, foreign })));

export const most = (disturbances: readonly Disturbance[]): Disturbance => ({
  steal: Math.max(0, ...disturbances.map(({ steal }) => steal)),
  foreign: Math.max(0, ...disturbances.map(({ foreign }) => foreign)),
});

export const percent = (share: number): string => `${(share * 100).toFixed(0)} %`;

export function disturbanceNotes(disturbances: readonly Disturbance[], stealLimit: number): string[] {
  const { steal, foreign } = most(disturbances);
  const notes: string[] = [];
  if (foreign > WORTH_TELLING) notes.push(`other programs used up to ${percent(foreign)} of the machine`);
  if (steal > stealLimit) notes.push(`the host took up to ${percent(steal)} of the time, also when repeated`);
  return notes;
}
