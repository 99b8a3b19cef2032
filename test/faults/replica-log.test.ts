import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { KeyfastError } from "../../src/domain/errors.ts";
import { createLog } from "../../src/log.ts";
import { tempFolder } from "../mongod/support/temp-folder.ts";
import { unnamedFaults } from "./replica-log.ts";

it("of what a replica logged, the faults are told that it had no name for", async () => {
  const path = join(await tempFolder(), "replica.log");
  const lines: string[] = [];
  const log = createLog("info", { write: (line) => void lines.push(line) });
  log.info("ready");
  log.error({ err: new KeyfastError("DATABASE_UNAVAILABLE", "try again") }, "a call failed");
  log.error({ err: Object.assign(new TypeError("no such thing"), { code: "ENOTHING" }) }, "a call failed");
  await writeFile(path, `${lines.join("")}{"level":50,"err":{"type":"Err`);
  const [told, ...others] = await unnamedFaults(path);
  expect(told).toMatch(/^TypeError ENOTHING no such thing at .*replica-log\.test\.ts/);
  expect(others).toEqual([]);
});
