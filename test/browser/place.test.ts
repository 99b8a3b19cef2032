/** Where one is: what the tab is called, and where focus goes when a page takes the place of another. */
import type { Page } from "playwright-core";
import { beforeAll, describe, expect, it } from "vitest";
import { OPERATOR_TOKEN } from "../support/service.ts";
import { button, chooseAction, dialog, row, searchField, untilFocused } from "./support/steps.ts";
import { storeKeys } from "./support/stored-keys.ts";
import { holdLists, openProject, pathTo, useBrowser, useService, visit } from "./support/visit.ts";

const COUNT = 120;
const PROJECT = "placed";
const browser = useBrowser();
const service = useService();

beforeAll(async () => {
  const stored = Array.from({ length: COUNT }, (_, index) => ({ displayName: `Key_${index + 1}` }));
  await storeKeys(service(), PROJECT, stored);
});

const open = (projectId = PROJECT) => openProject(browser(), service(), projectId);
const title = (page: Page, name: string) => page.getByRole("heading", { name, exact: true, level: 1 });
const table = (page: Page) => page.getByRole("table", { name: "API keys" });

it("the tab is called by what it shows: search, page and project", async () => {
  const page = await open();
  await expect.poll(() => page.title()).toBe(`API keys · ${PROJECT} · Keyfast`);
  await button(page, "Next").click();
  await expect.poll(() => page.title()).toBe(`Page 2 · API keys · ${PROJECT} · Keyfast`);
  await searchField(page).fill("key_1");
  await expect.poll(() => page.title()).toBe(`“key_1” · API keys · ${PROJECT} · Keyfast`);
  await page.goto(pathTo("other"));
  await expect.poll(() => page.title()).toBe("API keys · other · Keyfast");
  await button(page, "Sign out").click();
  await expect.poll(() => page.title()).toBe("Sign in · Keyfast");
});

it.each([1280, 360])("at %i pixels one sees as whom one is signed in", async (width) => {
  const page = await open();
  await row(page, "Key_120").waitFor();
  await page.setViewportSize({ width, height: 740 });
  const who = page.getByText("Signed in as Operator");
  const { x = -1, width: taken = 0, height = 0 } = (await who.boundingBox()) ?? {};
  expect(x).toBeGreaterThanOrEqual(0);
  expect(x + taken).toBeLessThanOrEqual(width);
  expect(height).toBeGreaterThan(10);
  expect(taken).toBeGreaterThan(40);
});

describe("focus goes", () => {
  it("to the title of the page after signing in and after signing out", async () => {
    const { page } = await visit(browser(), service().httpUrl);
    await page.goto(pathTo(PROJECT));
    await page.getByLabel("Token").fill(OPERATOR_TOKEN);
    await page.keyboard.press("Enter");
    await untilFocused(page, title(page, "API keys"));
    await button(page, "Sign out").press("Enter");
    await untilFocused(page, title(page, "Sign in to Keyfast"));
    await page.keyboard.press("Tab");
    await untilFocused(page, page.getByLabel("Project"));
  });

  it("to the title after a deletion, since the row is gone as soon as that is told", async () => {
    await storeKeys(service(), "deleted", [{ displayName: "Stays" }, { displayName: "Goes" }]);
    const page = await open("deleted");
    await chooseAction(page, "Goes", "Delete");
    const release = await holdLists(page);
    await button(dialog(page, "Delete Goes?"), "Delete").click();
    await dialog(page, "Goes is deleted").waitFor();
    expect(await row(page, "Goes").count()).toBe(0);
    await button(page, "Close").press("Enter");
    await untilFocused(page, title(page, "API keys"));
    release();
    await row(page, "Stays").waitFor();
  });
});

describe("turning to another page", () => {
  it.each(["Next", "Previous", "First page"])(
    "%s: its beginning is in view, has focus and is read out",
    async (name) => {
      const page = await open();
      await page.setViewportSize({ width: 1280, height: 600 });
      for (const number of name === "Next" ? [] : [2, 3]) {
        await button(page, "Next").click();
        await page.getByText(`page ${number}`).waitFor();
      }
      await button(page, name).focus();
      await page.keyboard.press("Enter");
      await untilFocused(page, table(page));
      const number = name === "First page" ? 1 : 2;
      const words = `${COUNT} keys, newest first · page ${number}`;
      expect(await page.getByRole("status").innerText()).toBe(words);
      const described = await table(page).getAttribute("aria-describedby");
      expect(await page.locator(`[id="${described}"]`).innerText()).toBe(words);
      const { y = -1 } = (await table(page).boundingBox()) ?? {};
      expect(y).toBeGreaterThanOrEqual(0);
      expect(y).toBeLessThan(300);
    },
  );

  it("takes nobody away who has begun to search meanwhile", async () => {
    const page = await open();
    await page.getByText("page 1").waitFor();
    const release = await holdLists(page);
    await button(page, "Next").click();
    await searchField(page).pressSequentially("key_12");
    release();
    await page.getByText(/2 matches/).waitFor();
    await untilFocused(page, searchField(page));
  });
});

it("a page that has failed says what to do, and leads out of the search that it failed at", async () => {
  const page = await open();
  await row(page, "Key_120").waitFor();
  await page.evaluate(() => {
    Date.prototype.toISOString = () => {
      throw new Error("broken by the test");
    };
  });
  await searchField(page).fill("key_12");
  await page.getByRole("alert").getByText("Reload it to go on.").waitFor();
  await expect.poll(() => page.title()).toBe("This page has failed · Keyfast");
  await page.keyboard.press("Tab");
  await untilFocused(page, button(page, "Reload"));
  await page.getByRole("link", { name: "Start anew" }).click();
  await row(page, "Key_119").waitFor();
  expect(new URL(page.url()).search).toBe("");
});
