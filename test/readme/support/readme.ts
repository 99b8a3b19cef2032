/** README.md as what can be compared and run: its tables and its blocks of code. */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

export const ROOT = fileURLToPath(new URL("../../../", import.meta.url));

const README = readFileSync(`${ROOT}README.md`, "utf8");

/** The code blocks in a language, in order. */
export const blocks = (language: string): string[] =>
  [...README.matchAll(/^```(\w+)\n(.*?)^```$/gms)].filter((m) => m[1] === language).map((m) => m[2] ?? "");

/** The rows of the one table with these column titles, each as its cells. */
export function table(...titles: string[]): string[][] {
  const head = `| ${titles.join(" | ")} |\n`;
  const [, after, ...more] = README.split(head);
  if (after === undefined || more.length > 0) throw new Error(`README has not one table ${head}`);
  const [, ...rows] = (after.split("\n\n")[0] ?? "").trimEnd().split("\n");
  return rows.map((row) =>
    row
      .slice(1, -1)
      .split("|")
      .map((cell) => cell.trim()),
  );
}

/** The text of a cell that is set as code. */
export function code(cell: string | undefined): string {
  const text = /^`([^`]+)`$/.exec(cell ?? "")?.[1];
  if (text === undefined) throw new Error(`not set as code: ${cell}`);
  return text;
}
