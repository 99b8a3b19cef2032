/** The version of the GNU C library that this process runs with, such as `2.36`; undefined with another library. */
export function machineGlibc(): string | undefined {
  // Without this the report looks up the name of every open connection.
  const source: { excludeNetwork?: boolean } & NodeJS.ProcessReport = process.report;
  source.excludeNetwork = true;
  const report = source.getReport() as { header?: { glibcVersionRuntime?: string } };
  return report.header?.glibcVersionRuntime;
}

/** Negative, zero or positive, as `a` is older than, the same as or newer than `b`. Compares number by number. */
export function compareVersions(a: string, b: string): number {
  const left = a.split(".").map(Number);
  const right = b.split(".").map(Number);
  for (let i = 0; i < Math.max(left.length, right.length); i++) {
    const difference = (left[i] ?? 0) - (right[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
