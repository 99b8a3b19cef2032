/** What goes wrong with the console as a whole, and what the page says to do about it. */
import type { Page } from "playwright-core";
import { expect, it } from "vitest";
import { breakPage, button, isFocused, row, searchField, untilFocused } from "./support/steps.ts";
import { storeKeys } from "./support/stored-keys.ts";
import { enter, pathTo, useBrowser, useService, visit } from "./support/visit.ts";

const browser = useBrowser();
const service = useService();

const heading = (page: Page, name: string) => page.getByRole("heading", { name }).waitFor();
const title = (page: Page, name: string) => page.getByRole("heading", { name, exact: true, level: 1 });
const open = (projectId: string) =>
  visit(browser(), service().httpUrl).then(async (here) => {
    await enter(here, projectId);
    return here;
  });

it("the console itself, when the service does not answer", async () => {
  const here = await open("start");
  await here.page.route("**/console/session", (route) => route.abort());
  await here.page.reload();
  await heading(here.page, "The console cannot be shown");
  expect(await here.page.title()).toBe("The console cannot be shown · Keyfast");
  await here.page.unroute("**/console/session");
  await button(here.page, "Try again").press("Enter");
  await heading(here.page, "No API keys yet");
  await untilFocused(here.page, title(here.page, "API keys"));
  expect(await here.page.title()).toBe("API keys · start · Keyfast");
});

it("the page itself, which says so and can be loaded again", async () => {
  await storeKeys(service(), "broken", [{ displayName: "Whole" }]);
  const { page } = await open("broken");
  await row(page, "Whole").waitFor();
  await breakPage(page);
  await searchField(page).fill("w");
  await heading(page, "This page has failed");
  await button(page, "Reload").click();
  await row(page, "Whole").waitFor();
});

it("signing out, which is said, and can be tried again", async () => {
  const { page, context } = await open("staying");
  await heading(page, "No API keys yet");
  await page.route("**/console/session", (route) => route.abort());
  await button(page, "Sign out").click();
  await page.getByRole("alert").getByText("You may still be signed in").waitFor();
  await page.unroute("**/console/session");
  await button(page, "Try again").click();
  await heading(page, "Sign in to Keyfast");
  expect(await context.cookies()).toEqual([]);
});

it("signing out once more, which leaves focus where one tried", async () => {
  const { page } = await open("trying");
  await heading(page, "No API keys yet");
  let tried = 0;
  await page.route("**/console/session", async (route) => {
    tried++;
    await route.abort();
  });
  await button(page, "Sign out").click();
  const again = button(page, "Try again");
  await again.press("Enter");
  await expect.poll(() => tried).toBe(2);
  await page.evaluate(() => fetch("/assets/none"));
  expect(await isFocused(again)).toBe(true);
  await page.unroute("**/console/session");
  await page.keyboard.press("Enter");
  await untilFocused(page, title(page, "Sign in to Keyfast"));
});

it("nothing where signing out meets a session that is still being read: it comes after", async () => {
  const { page, context } = await open("turns");
  await heading(page, "No API keys yet");
  const other = await context.newPage();
  const answer = Promise.withResolvers<void>();
  const methods: string[] = [];
  await context.route("**/console/session", async (route) => {
    methods.push(route.request().method());
    if (route.request().method() === "GET") await answer.promise;
    await route.continue();
  });
  // Its keys, asked for once nobody is signed in any more, would be refused, and make it read its session again.
  await other.route("**/ListApiKeys*", () => {});
  await other.goto(pathTo("turns"));
  await expect.poll(() => methods).toEqual(["GET"]);
  await button(page, "Sign out").click();
  const waiting = () => page.evaluate(async () => (await navigator.locks.query()).pending?.length);
  await expect.poll(waiting).toBe(1);
  expect(methods).toEqual(["GET"]);
  answer.resolve();
  await heading(page, "Sign in to Keyfast");
  expect(methods).toEqual(["GET", "DELETE"]);
});
