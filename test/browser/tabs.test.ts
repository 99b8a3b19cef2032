/** Several tabs of one browser: who is signed in is the same in all of them. */
import type { Page } from "playwright-core";
import { describe, expect, it } from "vitest";
import { signInTitle, useProvider } from "./support/other-site.ts";
import { button, dialog, fillForm, openForm, shownKey } from "./support/steps.ts";
import { enter, pathTo } from "./support/visit.ts";

const PROJECT = "tabs";
const { provider, service, arrive } = useProvider();

const keysTitle = (page: Page) => page.getByRole("heading", { name: "API keys", exact: true, level: 1 });

/** Two tabs of one browser, both at the keys of a project. */
async function twoTabs() {
  const here = await arrive();
  await enter(here, PROJECT, { credential: await provider().person("ada", [PROJECT]) });
  const other = await here.context.newPage();
  await other.goto(pathTo(PROJECT));
  for (const page of [here.page, other]) await keysTitle(page).waitFor();
  return { ...here, other };
}

/** The body is marked once another tab has told something, and the page has been drawn after it. */
const markWhenTold = (page: Page) =>
  page.evaluate(() => {
    new BroadcastChannel("keyfast-session").onmessage = () =>
      requestAnimationFrame(() => document.body.setAttribute("data-told", ""));
  });

describe("signing out in one tab", () => {
  it("ends the session in the others, with what stands there in a form", async () => {
    const { page, other } = await twoTabs();
    await openForm(page);
    await fillForm(page, "Never_Saved");
    await button(other, "Sign out").click();
    await signInTitle(other).waitFor();
    await signInTitle(page).waitFor();
    expect(await page.locator("dialog, table, .page-head").count()).toBe(0);
  });

  it("leaves a new key in view in another, until that is closed", async () => {
    const { page, other } = await twoTabs();
    const form = await openForm(page);
    await fillForm(page, "Shown_Once");
    await button(form, "Save").click();
    const key = await shownKey(page);
    service().secrets.add(key);
    await markWhenTold(page);
    await button(other, "Sign out").click();
    await signInTitle(other).waitFor();
    await page.locator("body[data-told]").waitFor();
    expect(await dialog(page, "Save your key").locator("code").textContent()).toBe(key);
    await button(page, "Copy key").click();
    await button(page, "Done").click();
    await signInTitle(page).waitFor();
    expect(await page.content()).not.toContain(key);
  });
});
