/** Where a process spent its time, from a profile as `node --cpu-prof` writes it. */

export interface CpuProfile {
  readonly nodes: readonly {
    readonly id: number;
    readonly callFrame: { readonly functionName: string; readonly url: string };
  }[];
  /** In microseconds of the system's monotonic clock. */
  readonly startTime: number;
  /** The node that was met at each sample, and the microseconds since the sample before. */
  readonly samples: readonly number[];
  readonly timeDeltas: readonly number[];
}

/** Name to microseconds, most first. */
export type Shares = readonly (readonly [string, number])[];

/** A package, a module of Node, a folder of ours, or what the engine does on its own. */
export function placeOf({ functionName, url }: CpuProfile["nodes"][number]["callFrame"]): string {
  const packageName = /.*\/node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(url)?.[1];
  if (packageName !== undefined) return packageName;
  if (url.startsWith("node:")) return url.replace(/^(node:(?:internal\/)?[^/]+).*$/, "$1");
  const folder = /\/(src\/[^/]+|gen)\//.exec(url)?.[1];
  if (folder !== undefined) return folder;
  return url === "" ? functionName || "(native)" : url.replace(/^.*\//, "");
}

const IDLE = "(idle)";

/** Self time between two moments of the monotonic clock, in microseconds, by what `nameOf` says of a frame; idling left out. */
export function selfTime(
  profile: CpuProfile,
  window: { readonly from: number; readonly to: number },
  nameOf: (frame: CpuProfile["nodes"][number]["callFrame"]) => string,
): Shares {
  const frames = new Map(profile.nodes.map(({ id, callFrame }) => [id, callFrame]));
  const shares = new Map<string, number>();
  let at = profile.startTime;
  profile.timeDeltas.forEach((delta, index) => {
    at += delta;
    const frame = frames.get(profile.samples[index] ?? -1);
    if (!frame || frame.functionName === IDLE || at < window.from || at >= window.to) return;
    const name = nameOf(frame);
    shares.set(name, (shares.get(name) ?? 0) + delta);
  });
  return [...shares].toSorted(([, a], [, b]) => b - a);
}
