/** The command line. */
import { parseArgs } from "node:util";
import { FULL, QUICK, type Settings } from "./settings.ts";

const OPTIONS = {
  quick: { type: "boolean", default: false },
  against: { type: "string" },
  repeats: { type: "string" },
  keys: { type: "string" },
  "window-ms": { type: "string" },
  "large-project": { type: "string" },
  publish: { type: "boolean", default: false },
  help: { type: "boolean", default: false },
} as const;

export interface Arguments {
  readonly help: boolean;
  /** Measure nothing; write the figures of the last full run into the documents. */
  readonly publish: boolean;
  readonly settings: Settings;
  /** Whether other amounts were asked for than those of a full or a quick run, or another checkout beside this one. */
  readonly custom: boolean;
  /** Another checkout of the project. */
  readonly against: string | undefined;
  /** Names of parts; empty: all. */
  readonly parts: readonly string[];
}

function amount(text: string | undefined, name: string): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 1)
    throw new RangeError(`--${name} must be a whole number above 0`);
  return value;
}

/** Throws RangeError or TypeError where the command line makes no sense. */
export function readArguments(args: readonly string[], knownParts: readonly string[]): Arguments {
  const { values, positionals } = parseArgs({ args: [...args], options: OPTIONS, allowPositionals: true });
  const unknown = positionals.find((name) => !knownParts.includes(name));
  if (unknown !== undefined)
    throw new RangeError(`there is no part "${unknown}"; there are ${knownParts.join(", ")}`);
  const base = values.quick ? QUICK : FULL;
  const other = {
    repeats: amount(values.repeats, "repeats"),
    keys: amount(values.keys, "keys"),
    windowMs: amount(values["window-ms"], "window-ms"),
    largeProject: amount(values["large-project"], "large-project"),
  };
  const given = Object.entries(other).filter(([, value]) => value !== undefined);
  return {
    help: values.help,
    publish: values.publish,
    settings: { ...base, ...Object.fromEntries(given) },
    custom: given.length > 0 || values.against !== undefined,
    against: values.against,
    parts: positionals,
  };
}
