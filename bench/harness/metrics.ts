/** The service's page for Prometheus: that it counts is shown, so that what counting costs is in the figures. */

/** Calls of a method by the page's text, whatever their outcome; 0 where it counts none. */
export function countedCalls(text: string, method: string): number {
  const samples = text.matchAll(/^keyfast_calls_total\{([^}]*)\} (\S+)/gm);
  return [...samples]
    .filter(([, labels]) => labels?.split(",").includes(`method="${method}"`))
    .reduce((sum, [, , value]) => sum + Number(value), 0);
}

/** Keys in memory by the page's text, of each worker that it tells of. */
export const keysInMemory = (text: string): number[] =>
  [...text.matchAll(/^keyfast_memory_keys(?:\{[^}]*\})? (\S+)/gm)].map(([, value]) => Number(value));

async function readPage(port: number): Promise<string> {
  const response = await fetch(`http://127.0.0.1:${port}/metrics`);
  const text = await response.text();
  if (!response.ok) throw new Error(`the metrics page answered ${response.status}: ${text}`);
  return text;
}

export const readKeysInMemory = async (port: number): Promise<number[]> => keysInMemory(await readPage(port));

/** Reads the page once. Throws where it does not tell of as many calls of Verify as were made at least. */
export async function requireCounted(port: number, made: number): Promise<void> {
  const counted = countedCalls(await readPage(port), "VerifyApiKey");
  if (!(counted >= made))
    throw new Error(`the metrics count ${counted} calls of Verify, but ${made} were made`);
}
