/** What is said of a key that has expired: nothing that is true of the others only. */
import { beforeAll, describe, expect, it } from "vitest";
import { button, chooseAction, dialog, row } from "./support/steps.ts";
import { storeKeys } from "./support/stored-keys.ts";
import { openProject, useBrowser, useService } from "./support/visit.ts";

const PROJECT = "ended";
const browser = useBrowser();
const service = useService();
beforeAll(() =>
  storeKeys(service(), PROJECT, [
    { displayName: "Over", ageDays: 120, expireTime: new Date("2024-05-06") },
    { displayName: "Ending", ageDays: 120, expireTime: new Date(Date.now() + 10 * 86_400_000) },
    { displayName: "Endless", ageDays: 120 },
  ]),
);

const open = () => openProject(browser(), service(), PROJECT);

it("only keys that still work are to be rotated", async () => {
  const page = await open();
  const created = (name: string) => row(page, name).locator('[data-label="Created"]').innerText();
  await row(page, "Over").waitFor();
  expect(await created("Over")).toBe("4 months ago");
  expect(await created("Ending")).toBe("4 months ago\nRotate: 120 days old");
  expect(await created("Endless")).toBe("4 months ago\nRotate: 120 days old");
});

describe("a copy says of what it starts from", () => {
  it.each([
    ["Over", "which has expired."],
    ["Ending", "which keeps working until it expires or you delete it."],
    ["Endless", "which keeps working until you delete it."],
  ])("%s: %s", async (name, words) => {
    const page = await open();
    await chooseAction(page, name, "Create a copy");
    const origin = dialog(page, "Create a copy").getByText("Starts from the settings of");
    expect(await origin.innerText()).toBe(`Starts from the settings of ${name}, ${words}`);
  });
});

describe("a deletion says what it will stop", () => {
  const STOPS = "in production stops working at once, on every replica. This cannot be undone.";
  it.each([
    [
      "Over",
      "Over has expired: nothing that calls as it works any more. This cannot be undone.",
      "can do nothing: it has expired",
    ],
    ["Ending", `Whatever calls as Ending ${STOPS}`, "can read Calls, and nothing else"],
    ["Endless", `Whatever calls as Endless ${STOPS}`, "can read Calls, and nothing else"],
  ])("%s", async (name, consequence, ability) => {
    const page = await open();
    await chooseAction(page, name, "Delete");
    const asking = dialog(page, `Delete ${name}?`);
    await button(asking, "Delete").waitFor();
    expect(await asking.locator("p").first().innerText()).toBe(consequence);
    expect(await asking.locator("dt:text-is('It now') + dd").innerText()).toBe(ability);
  });
});
