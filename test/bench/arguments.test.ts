import { expect, it } from "vitest";
import { readArguments } from "../../bench/harness/arguments.ts";
import { nameOf } from "../../bench/harness/results.ts";
import { FULL, QUICK } from "../../bench/harness/settings.ts";

const PARTS = ["verify", "list"];
const read = (...args: string[]) => readArguments(args, PARTS);

it("without arguments everything is measured, in full", () => {
  expect(read()).toMatchObject({ settings: FULL, custom: false, parts: [], publish: false });
  expect(nameOf(read())).toBe("full");
});

it("a quick run is marked as such", () => {
  expect(read("--quick", "list")).toMatchObject({ settings: QUICK, custom: false, parts: ["list"] });
  expect(nameOf(read("--quick", "list"))).toBe("quick-list");
});

it("other amounts never stand under the name of a full run", () => {
  const given = read("--keys", "5", "--repeats=1");
  expect(given.settings).toEqual({ ...FULL, keys: 5, repeats: 1 });
  expect(nameOf(given)).toBe("full-custom");
});

it("a run beside another checkout never stands under the name of a full run", () => {
  const given = read("--against", "/elsewhere");
  expect(given).toMatchObject({ settings: FULL, custom: true, against: "/elsewhere" });
  expect(nameOf(given)).toBe("full-custom");
});

it("five repeats at least are made where nothing else is asked for", () => {
  for (const { repeats } of [FULL, QUICK]) expect(repeats).toBeGreaterThanOrEqual(5);
});

it.each([
  ["a part that does not exist", ["everything"]],
  ["an unknown option", ["--fast"]],
  ["no keys", ["--keys", "0"]],
  ["half a key", ["--keys", "1.5"]],
  ["no number", ["--repeats", "many"]],
])("%s is refused", (_, args) => {
  expect(() => read(...args)).toThrow();
});
