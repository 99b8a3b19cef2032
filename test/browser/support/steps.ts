/** What people do at the page, in its own words. */
import type { Locator, Page } from "playwright-core";

export const button = (within: Page | Locator, name: string | RegExp) =>
  within.getByRole("button", { name, exact: typeof name === "string" });

export const dialog = (page: Page, name: string | RegExp) =>
  page.locator("dialog[open]").filter({ has: page.getByRole("heading", { name, level: 2 }) });

export const row = (page: Page, name: string) =>
  page.getByRole("row").filter({ has: page.getByRole("rowheader", { name }) });

/** Of the keys in the table. */
export const names = (page: Page) => page.getByRole("rowheader").locator("bdi").allInnerTexts();

export const nameField = (page: Page) => page.getByRole("textbox", { name: "Name", exact: true });
export const searchField = (page: Page) => page.getByRole("searchbox");

export const levels = (page: Page, resource: string) =>
  page.getByRole("radiogroup", { name: resource, exact: true });

export async function openForm(page: Page): Promise<Locator> {
  await button(page, "Create API Key").first().click();
  const form = dialog(page, "Create API Key");
  await form.waitFor();
  return form;
}

export async function fillForm(page: Page, name: string): Promise<void> {
  await nameField(page).fill(name);
  await page.getByRole("radio", { name: "Production" }).check();
  await levels(page, "Calls").getByLabel("Read").check();
}

/** The complete key, as it is shown this once. */
export async function shownKey(page: Page): Promise<string> {
  const text = dialog(page, "Save your key").locator("code");
  await text.waitFor();
  return (await text.textContent()) ?? "";
}

export async function chooseAction(page: Page, name: string, action: string): Promise<void> {
  await button(page, `Actions for ${name}`).click();
  await page.getByRole("menuitem", { name: action }).click();
}

/** As browsers do where a page may not use the clipboard. */
export const forbidCopying = (page: Page) =>
  page.evaluate(() => {
    Object.defineProperty(navigator.clipboard, "writeText", { value: () => Promise.reject(new Error("no")) });
    document.execCommand = () => false;
  });

/** The page will fail, once, when it draws a row. */
export const breakPage = (page: Page) =>
  page.evaluate(() => {
    const plain = Date.prototype.toISOString;
    Date.prototype.toISOString = () => {
      Date.prototype.toISOString = plain;
      throw new Error("broken by the test");
    };
  });

/** How often Tab is pressed at most before something is said to be out of the keyboard's reach. */
const MAX_TABS = 150;

export async function tabTo(page: Page, target: Locator): Promise<void> {
  await target.waitFor();
  for (let pressed = 0; pressed < MAX_TABS; pressed++) {
    if (await isFocused(target)) return;
    await page.keyboard.press("Tab");
  }
  throw new Error(`the keyboard does not reach ${target}`);
}

export const isFocused = (target: Locator) =>
  target.evaluate((element) => element === document.activeElement);

/** Resolves when focus is where it should be. */
export async function untilFocused(page: Page, target: Locator): Promise<void> {
  const element = await target.elementHandle();
  await page.waitForFunction((wanted) => wanted === document.activeElement, element);
}
