/** Pages of the list while the next is on its way: what is said of the keys is true of those in view. */
import { beforeAll, expect, it } from "vitest";
import { button, names, searchField } from "./support/steps.ts";
import { storeKeys } from "./support/stored-keys.ts";
import { enter, holdLists, useBrowser, useService, visit } from "./support/visit.ts";

const COUNT = 170;
const PAGE_SIZE = 50;
const PROJECT = "paged";
const browser = useBrowser();
const service = useService();
/** Of the newest keys first. */
const KEYS = Array.from({ length: COUNT }, (_, index) => `Key_${COUNT - index}`);

beforeAll(async () => {
  const stored = KEYS.toReversed().map((displayName) => ({ displayName }));
  await storeKeys(service(), PROJECT, stored);
});

async function open() {
  const here = await visit(browser(), service().httpUrl);
  await enter(here, PROJECT);
  await here.page.getByText("page 1").waitFor();
  return here.page;
}

const pageOf = (number: number) => KEYS.slice((number - 1) * PAGE_SIZE, number * PAGE_SIZE);

it("Next pressed several times, at once and while the page is fetched, leads to the next page", async () => {
  const page = await open();
  const release = await holdLists(page);
  const next = button(page, "Next");
  await next.evaluate((element: HTMLButtonElement) => {
    element.click();
    element.click();
  });
  await page.locator("table[aria-busy=true]").waitFor();
  expect(await page.getByText("page 1").count()).toBe(1);
  expect(await next.getAttribute("aria-disabled")).toBe("true");
  await next.evaluate((element: HTMLButtonElement) => element.click());
  release();
  await page.getByText("page 2").waitFor();
  expect(await names(page)).toEqual(pageOf(2));
  expect(new URL(page.url()).searchParams.get("n")).toBe("2");
  await next.click();
  await page.getByText("page 3").waitFor();
  expect(await names(page)).toEqual(pageOf(3));
  await button(page, "Previous").click();
  await page.getByText("page 2").waitFor();
  expect(await names(page)).toEqual(pageOf(2));
});

it("Next pressed during a new search stays with the search", async () => {
  const page = await open();
  const release = await holdLists(page);
  await searchField(page).fill("key_1");
  await expect.poll(() => new URL(page.url()).searchParams.get("q")).toBe("key_1");
  await button(page, "Next").evaluate((element: HTMLButtonElement) => element.click());
  release();
  await page.getByText("82 matches, newest first · page 1").waitFor();
  expect(new URL(page.url()).searchParams.has("page")).toBe(false);
  expect(await names(page)).toEqual(KEYS.filter((name) => name.startsWith("Key_1")).slice(0, PAGE_SIZE));
});

it("a search that fails late does not take the place of the one after it", async () => {
  const page = await open();
  const late = Promise.withResolvers<void>();
  const failed = Promise.withResolvers<void>();
  // Aborting a call rejects it at once in the browser: here the old one goes on, and is refused after the new one.
  await page.evaluate(() => {
    const plain = window.fetch;
    window.fetch = (input, init) => plain(input, { ...init, signal: null });
  });
  await page.route("**/ListApiKeys*", async (route) => {
    if (!route.request().postData()?.includes("key_5")) return route.continue();
    await late.promise;
    await route.fulfill({
      status: 500,
      contentType: "application/json",
      body: JSON.stringify({ code: "internal", message: "late" }),
    });
    failed.resolve();
  });
  await searchField(page).fill("key_5");
  await expect.poll(() => new URL(page.url()).searchParams.get("q")).toBe("key_5");
  await searchField(page).fill("key_16");
  await page.getByText("11 matches").waitFor();
  late.resolve();
  await failed.promise;
  await page.evaluate(() => fetch("/assets/none").then(() => new Promise(requestAnimationFrame)));
  expect(await page.getByText("11 matches").count()).toBe(1);
  expect(await page.getByRole("alert").count()).toBe(0);
});
