import { readFileSync, statSync } from "node:fs";
import { Code } from "@connectrpc/connect";
import { expect, it } from "vitest";
import { VerdictSchema } from "../../gen/keyfast/v1/api_key_pb.ts";
import { ErrorReasonSchema } from "../../gen/keyfast/v1/error_reason_pb.ts";
import { CONFIG_VARIABLES } from "../../src/config.ts";
import { KeyfastError, type Reason } from "../../src/domain/errors.ts";
import { toConnectError } from "../../src/rpc/errors.ts";
import { welcome } from "../../src/welcome.ts";
import { blocks, code, ROOT, table } from "./support/readme.ts";

/** The names of an enum's values but the unspecified one, without what all of them start with. */
const namesOf = ({ values }: typeof ErrorReasonSchema | typeof VerdictSchema, prefix: string) =>
  values.filter(({ number }) => number !== 0).map(({ name }) => name.replace(prefix, ""));

it("lists every variable with its default and meaning, and no other", () => {
  const rows = CONFIG_VARIABLES.map((variable) => [
    `\`${variable.name}\``,
    variable.default === undefined ? (variable.secret ? "(secret)" : "") : `\`${variable.default}\``,
    variable.meaning.replaceAll("<", String.raw`\<`),
  ]);
  expect(table("Variable", "Default", "Meaning")).toEqual(rows);
});

it("lists every reason of an error with the code that it is answered with, and no other", () => {
  const rows = table("Code", "Reason", "Meaning");
  const reasons = namesOf(ErrorReasonSchema, "ERROR_REASON_");
  expect(rows.map(([, reason]) => code(reason)).sort()).toEqual(reasons.sort());
  for (const [status, reason, meaning] of rows) {
    const answered = Code[toConnectError(new KeyfastError(code(reason) as Reason, "")).code];
    expect(code(status).replaceAll("_", ""), code(reason)).toBe(answered?.toUpperCase());
    expect(meaning, code(reason)).toMatch(/^[A-Z].+\.$/);
  }
});

it("lists every verdict, and no other", () => {
  const verdicts = table("Verdict", "Meaning").map(([verdict]) => code(verdict));
  expect(verdicts.sort()).toEqual(namesOf(VerdictSchema, "VERDICT_").sort());
});

it("names variables that exist, also outside their table", () => {
  const settings = table("Setting", "Larger", "Smaller").map(([cell]) => code(cell?.split(", ")[1]));
  const known: string[] = CONFIG_VARIABLES.map(({ name }) => name);
  expect(settings).toHaveLength(4);
  expect(settings.filter((name) => !known.includes(name))).toEqual([]);
});

it("lays out folders that exist", () => {
  const folders = table("Folder", "What is in it").map(([folder]) => code(folder));
  expect(folders).toContain("src/verify/");
  for (const folder of folders) expect(statSync(ROOT + folder).isDirectory(), folder).toBe(true);
});

it("shows pictures that are there", () => {
  const pictures = [...readFileSync(`${ROOT}README.md`, "utf8").matchAll(/!\[[^\]]+\]\(([^)]+)\)/g)];
  expect(pictures.length).toBeGreaterThan(0);
  for (const [, path = ""] of pictures) {
    // A drawing is told in far fewer bytes than a photograph of a page.
    const least = path.endsWith(".svg") ? 1_000 : 10_000;
    expect(statSync(ROOT + path).size, path).toBeGreaterThan(least);
  }
});

it("shows what a start prints, and repeats the line to paste", () => {
  const httpUrl = "http://127.0.0.1:8080";
  const doors = { httpUrl, grpcUrl: "http://127.0.0.1:9090", consoleUrl: httpUrl };
  const printed = welcome(doors, {
    dataDir: "/home/you/keyfast/.keyfast",
    operatorTokenPath: ".keyfast/operator-token",
    serviceTokenPath: ".keyfast/service-token",
  });
  expect(blocks("text")).toEqual([`${printed.trim()}\n`]);
  const [paste] = blocks("sh").filter((block) => block.includes("/CreateApiKey"));
  expect(printed).toContain(paste?.trimEnd().replaceAll(/^/gm, "  "));
});
