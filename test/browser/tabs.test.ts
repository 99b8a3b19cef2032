/** Several tabs of one browser: who is signed in is the same in all of them. */
import type { Page } from "playwright-core";
import { describe, expect, it, onTestFinished } from "vitest";
import { cutOff } from "./support/answers.ts";
import { signInTitle, useOtherSite } from "./support/other-site.ts";
import {
  button,
  dialog,
  fillForm,
  nameField,
  openForm,
  row,
  shownKey,
  untilFocused,
} from "./support/steps.ts";
import { enter, pathTo } from "./support/visit.ts";

const PROJECT = "tabs";
const { provider, service, arrive } = useOtherSite();

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

describe("signing in in one tab", () => {
  const who = (page: Page, label: string) => page.locator(".who", { hasText: label }).waitFor();
  const signIn = async (page: Page, subject: string, projects = [PROJECT]) => {
    await page.getByLabel("Project").fill(PROJECT);
    await page.getByLabel("Token").fill(await provider().person(subject, projects));
    await button(page, "Sign in").click();
  };
  /** As if by another page of the console that this browser had open before. */
  const becomeSomebodyElse = async ({ context, other }: Awaited<ReturnType<typeof twoTabs>>) =>
    enter({ page: other, context }, PROJECT, { credential: await provider().person("grace", [PROJECT]) });
  const warning = (page: Page) => page.getByRole("alert").getByText("Somebody else has signed in");

  it("signs the others in, at the page where they were", async () => {
    const { page, other } = await twoTabs();
    await button(other, "Sign out").click();
    await signInTitle(page).waitFor();
    await signIn(other, "grace");
    await who(page, "grace");
    await keysTitle(page).waitFor();
  });

  it("by single sign-on does so too", async () => {
    provider().setPerson({ sub: "grace", projects: [PROJECT], email: "grace@example.com" });
    const { page, other } = await twoTabs();
    await button(other, "Sign out").click();
    await signInTitle(page).waitFor();
    await other.getByRole("link", { name: "Continue with single sign-on" }).click();
    await who(other, "grace@example.com");
    await who(page, "grace@example.com");
  });

  it("as somebody else, shows the others what that person may see", async () => {
    const { page, context, other } = await twoTabs();
    await who(page, "ada");
    const credential = await provider().person("eve", ["elsewhere"]);
    await enter({ page: other, context }, "elsewhere", { credential });
    await who(page, "eve");
    await page.getByRole("heading", { name: "You are not an administrator of this project" }).waitFor();
  });

  it("as somebody else, is said where something has been entered, and waits for it", async () => {
    const tabs = await twoTabs();
    const { page } = tabs;
    const form = await openForm(page);
    await fillForm(page, "Half_Done");
    await becomeSomebodyElse(tabs);
    await warning(page).waitFor();
    expect(await form.getByRole("alert").innerText()).toMatch(/grace has, in another tab .* saved by them\./);
    expect(await nameField(page).inputValue()).toBe("Half_Done");
    await who(page, "ada");
    await button(form, "Cancel").click();
    await button(form, "Discard").click();
    await who(page, "grace");
  });

  it("as somebody else, takes away that saving again is safe: it is another person's request", async () => {
    const tabs = await twoTabs();
    const { page } = tabs;
    const form = await openForm(page);
    await fillForm(page, "Unknown");
    await cutOff(page, "CreateApiKey");
    await button(form, "Save").click();
    await form.getByText("Saving again is safe").waitFor();
    await becomeSomebodyElse(tabs);
    await warning(page).waitFor();
    await form.getByText("It is not known whether the key was created.").waitFor();
    expect(await form.getByText("Saving again is safe").count()).toBe(0);
  });

  it("as the same person, leaves a form and its words alone", async () => {
    const { page, context, other } = await twoTabs();
    await openForm(page);
    await fillForm(page, "Half_Done");
    await markWhenTold(page);
    await enter({ page: other, context }, PROJECT, { credential: await provider().person("ada", [PROJECT]) });
    await page.locator("body[data-told]").waitFor();
    expect(await warning(page).count()).toBe(0);
    expect(await nameField(page).inputValue()).toBe("Half_Done");
  });

  it("as somebody else, leaves a new key in view in another, until that is closed", async () => {
    const tabs = await twoTabs();
    const { page } = tabs;
    const form = await openForm(page);
    await fillForm(page, "Shown_Before");
    await button(form, "Save").click();
    const key = await shownKey(page);
    service().secrets.add(key);
    await markWhenTold(page);
    await becomeSomebodyElse(tabs);
    await page.locator("body[data-told]").waitFor();
    expect(await dialog(page, "Save your key").locator("code").textContent()).toBe(key);
    await button(page, "Copy key").click();
    await button(page, "Done").click();
    await who(page, "grace");
  });

  it("as the same person after signing out, leaves a new key in view, and what comes after it", async () => {
    provider().setPerson({ sub: "ada", projects: [PROJECT] });
    provider().setLifetime(29);
    onTestFinished(() => provider().setLifetime(300));
    const { page, other } = await twoTabs();
    const form = await openForm(page);
    await fillForm(page, "Shown_Throughout");
    await button(form, "Save").click();
    const key = await shownKey(page);
    service().secrets.add(key);
    await markWhenTold(page);
    await button(other, "Sign out").click();
    await page.locator("body[data-told]").waitFor();
    await page.evaluate(() => document.body.removeAttribute("data-told"));
    await other.getByRole("link", { name: "Continue with single sign-on" }).click();
    await page.locator("body[data-told]").waitFor();
    const asked: string[] = [];
    page.on("request", (request) => asked.push(new URL(request.url()).pathname));
    await button(page, "Copy key").click();
    await button(page, "Done").click();
    await row(page, "Shown_Throughout").waitFor();
    expect(await signInTitle(page).count()).toBe(0);
    // The session in the other tab is to be renewed before each call, and this is known here.
    expect(asked).toContain("/console/session");
  });

  it("as somebody who administers nothing, leads there from any page, with focus on what it is called", async () => {
    const here = await arrive();
    const { page, context } = here;
    provider().setPerson({ sub: "ada", projects: ["a-side", "b-side"] });
    await page.goto("/");
    await page.getByRole("link", { name: "Continue with single sign-on" }).click();
    await page.getByRole("heading", { name: "Choose a project" }).waitFor();
    const other = await context.newPage();
    provider().setPerson({ sub: "eve", projects: [] });
    await other.goto("/console/sign-in");
    const title = page.getByRole("heading", { name: "You are not an administrator of any project" });
    await untilFocused(page, title);
    await expect.poll(() => page.title()).toBe("You are not an administrator of any project · Keyfast");
  });
});
