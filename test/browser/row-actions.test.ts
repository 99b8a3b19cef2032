/** The actions of a row: where their menu stands, when it opens and closes, and where focus is. */
import type { Locator } from "playwright-core";
import { beforeAll, expect, it } from "vitest";
import { button, dialog, isFocused, untilFocused } from "./support/steps.ts";
import { storeKeys } from "./support/stored-keys.ts";
import { openProject, useBrowser, useService } from "./support/visit.ts";

const browser = useBrowser();
const service = useService();

const open = (projectId: string) => openProject(browser(), service(), projectId);

const NAMES = Array.from({ length: 30 }, (_, index) => `Row_${index}`);
beforeAll(() =>
  storeKeys(
    service(),
    "tall",
    NAMES.map((displayName) => ({ displayName })),
  ),
);

const openActions = async (name: string) => {
  const page = await open("tall");
  await page.setViewportSize({ width: 1280, height: 700 });
  const actions = button(page, `Actions for ${name}`);
  await actions.click();
  await page.locator("[aria-haspopup=menu][aria-expanded=true]").waitFor();
  return { page, actions, menu: page.getByRole("menu") };
};
/** From the button to the menu, in pixels. */
const distance = async ({ actions, menu }: { actions: Locator; menu: Locator }) => {
  const [from, to] = [await actions.boundingBox(), await menu.boundingBox()];
  if (!from || !to) throw new Error("one of them is not shown");
  return to.y - (from.y + from.height);
};

it.each([1280, 360])("are no wider than their words need, at %i pixels", async (width) => {
  const { page, actions, menu } = await openActions("Row_29");
  await page.keyboard.press("Escape");
  await page.setViewportSize({ width, height: 700 });
  await actions.click();
  await page.locator("[aria-haspopup=menu][aria-expanded=true]").waitFor();
  const [box, opener] = [await menu.boundingBox(), await actions.boundingBox()];
  expect(box?.width).toBeLessThan(200);
  const right = (of: typeof box) => (of?.x ?? 0) + (of?.width ?? 0);
  expect(right(box)).toBeCloseTo(right(opener), 0);
});

it("stay where the row has not moved, though an event of an earlier scrolling comes late", async () => {
  const here = await openActions("Row_29");
  const before = await distance(here);
  await here.page.evaluate(() => {
    document.dispatchEvent(new Event("scroll", { bubbles: true }));
    return new Promise(requestAnimationFrame);
  });
  expect(await distance(here)).toBe(before);
  expect(await isFocused(here.page.getByRole("menuitem", { name: "View details" }))).toBe(true);
});

it("keep focus where they are opened at the very moment at which a dialog has closed", async () => {
  const { page } = await openActions("Row_29");
  await page.getByRole("menuitem", { name: "View details" }).click();
  await dialog(page, "Row_29").waitFor();
  const focused = await page.evaluate(async () => {
    const open = () => document.querySelector("dialog[open]");
    open()?.dispatchEvent(new KeyboardEvent("keydown", { key: "Escape", bubbles: true }));
    // The page is drawn anew before any timer fires: focus that is returned by one would come after the click.
    for (let turn = 0; open() && turn < 100; turn++) await Promise.resolve();
    document.querySelector<HTMLElement>("[aria-label='Actions for Row_29']")?.click();
    for (let timer = 0; timer < 2; timer++) await new Promise((resolve) => setTimeout(resolve));
    return [open(), document.activeElement?.textContent];
  });
  expect(focused).toEqual([null, "View details"]);
});

it("close by a click on their button, and open by the next", async () => {
  const { page, actions, menu } = await openActions("Row_29");
  for (let times = 0; times < 2; times++) {
    await actions.click();
    await page.locator("[aria-haspopup=menu][aria-expanded=true]").waitFor({ state: "detached" });
    expect(await menu.count()).toBe(0);
    expect(await isFocused(actions)).toBe(true);
    await actions.click();
    await untilFocused(page, page.getByRole("menuitem", { name: "View details" }));
  }
});

it("open by the keyboard also after a press on their button that was not let go there", async () => {
  const { page, actions } = await openActions("Row_29");
  await actions.hover();
  await page.mouse.down();
  await page.mouse.move(5, 5);
  await page.mouse.up();
  await page.keyboard.press("Escape");
  await page.locator("[aria-haspopup=menu][aria-expanded=true]").waitFor({ state: "detached" });
  await actions.press("Enter");
  await untilFocused(page, page.getByRole("menuitem", { name: "View details" }));
});

it("follow their row, and go with it out of view", async () => {
  const here = await openActions("Row_29");
  const { page, actions, menu } = here;
  const before = await distance(here);
  await page.mouse.wheel(0, 90);
  await page.waitForFunction(() => scrollY === 90);
  await expect.poll(() => distance(here)).toBe(before);
  await page.mouse.wheel(0, 600);
  await menu.waitFor({ state: "hidden" });
  expect(await actions.getAttribute("aria-expanded")).toBe("false");
  expect(await isFocused(actions)).toBe(true);
});
