/** What replicas logged of faults that they had no name for: an answer of INTERNAL does not tell what it was about. */
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";

/** How many are told of one replica. */
const MOST_TOLD = 5;

interface LoggedFault {
  readonly type?: string;
  readonly message?: string;
  readonly code?: string | number;
  /** What the service calls it. */
  readonly reason?: string;
  readonly stack?: readonly string[];
}

function faultOf(line: string): LoggedFault | undefined {
  try {
    return (JSON.parse(line) as { err?: LoggedFault }).err;
  } catch {
    // A replica was killed while it wrote.
    return undefined;
  }
}

/** One line each, of the first in the log at `path`; none where the log was not kept. */
export async function unnamedFaults(path: string): Promise<string[]> {
  const log = existsSync(path) ? await readFile(path, "utf8") : "";
  const faults = log.split("\n").map(faultOf);
  const unnamed = faults.filter((fault) => fault !== undefined && fault.reason === undefined);
  return unnamed.slice(0, MOST_TOLD).map((fault) => {
    const { type, code, message, stack = [] } = fault ?? {};
    return [type, code, message, ...stack.slice(0, 3)].filter((part) => part !== undefined).join(" ");
  });
}
