/** Signing in and out in a real browser: by OpenID Connect from another site, with tokens, and what is left of it. */
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Provider, startProvider } from "../support/provider.ts";
import { OPERATOR_TOKEN } from "../support/service.ts";
import { button, dialog, fillForm, openForm, row, searchField, shownKey } from "./support/steps.ts";
import { storeKeys } from "./support/stored-keys.ts";
import { enter, pathTo, useBrowser, useService, visit } from "./support/visit.ts";

let provider: Provider;
beforeAll(async () => {
  provider = await startProvider();
});
afterAll(() => provider.stop());

const browser = useBrowser();
const service = useService(() => provider.settings);
/** Under this name it is another site than the provider, which is at 127.0.0.1. */
const home = () => service().httpUrl.replace("127.0.0.1", "localhost");
const arrive = () => visit(browser(), home(), { others: [provider.url] });
const signInTitle = (page: Page) => page.getByRole("heading", { name: "Sign in to Keyfast" });
const ADA = { sub: "ada", projects: ["demo"], email: "ada@example.com" };

describe("by single sign-on", () => {
  it("leads to the provider and back to where one wanted to go, stays over a reload, and ends by signing out", async () => {
    provider.setPerson(ADA);
    await storeKeys(service(), "demo", [{ displayName: "Found_By_Link" }, { displayName: "Other" }]);
    const { page, context, requested } = await arrive();
    await page.goto(pathTo("demo", "?q=found"));
    await page.getByRole("link", { name: "Continue with single sign-on" }).click();
    await row(page, "Found_By_Link").waitFor();
    expect(page.url()).toBe(`${home()}${pathTo("demo", "?q=found")}`);
    await page.getByText("ada@example.com").waitFor();
    await page.reload();
    await row(page, "Found_By_Link").waitFor();
    const cookies = await context.cookies();
    expect(
      cookies.map(({ name, httpOnly, sameSite }) => [name.replace(/\d+$/, ""), httpOnly, sameSite]),
    ).toEqual([["keyfast_session_", true, "Strict"]]);
    expect(await page.evaluate(() => document.cookie)).toBe("");
    expect(await page.evaluate(() => localStorage.length + sessionStorage.length)).toBe(0);
    for (const token of provider.seen.tokens) expect(requested.join("\n")).not.toContain(token);
    const [refreshToken] = provider.seen.tokens;
    await button(page, "Sign out").click();
    await signInTitle(page).waitFor();
    expect(await context.cookies()).toEqual([]);
    expect(provider.seen.revoked).toEqual([refreshToken]);
  });

  it("that the provider refuses is told, and the address is tidy again", async () => {
    provider.setPerson(undefined);
    const { page } = await arrive();
    await page.goto("/");
    await page.getByRole("link", { name: "Continue with single sign-on" }).click();
    await page.getByText("The sign-in provider did not sign you in.").waitFor();
    expect(page.url()).toBe(`${home()}/`);
  });

  it("to several projects lets one choose, and switch", async () => {
    provider.setPerson({ sub: "ada", projects: ["b-side", "a-side"] });
    const { page } = await arrive();
    await page.goto("/");
    await page.getByRole("link", { name: "Continue with single sign-on" }).click();
    await page.getByRole("heading", { name: "Choose a project" }).waitFor();
    await page.getByLabel("Project").selectOption("b-side");
    await button(page, "Open project").click();
    await page.getByRole("heading", { name: "No API keys yet" }).waitFor();
    await button(page, /^Project b-side/).click();
    await dialog(page, "Switch project").getByLabel("Project").selectOption("a-side");
    await button(page, "Open project").click();
    await page.waitForURL("**/projects/a-side/api-keys");
    await page.getByRole("heading", { name: "No API keys yet" }).waitFor();
  });

  it("of somebody who administers nothing is told so", async () => {
    provider.setPerson({ sub: "eve", projects: [], email: "eve@example.com" });
    const { page } = await arrive();
    await page.goto("/");
    await page.getByRole("link", { name: "Continue with single sign-on" }).click();
    await page.getByRole("heading", { name: "You are not an administrator of any project" }).waitFor();
    await page.getByText("eve@example.com").first().waitFor();
  });

  it("is renewed behind the scenes, by two tabs at once too, each refresh token once", async () => {
    provider.setPerson(ADA);
    provider.setLifetime(29);
    const { page, context } = await arrive();
    await page.goto(pathTo("demo"));
    await page.getByRole("link", { name: "Continue with single sign-on" }).click();
    await row(page, "Other").waitFor();
    const other = await context.newPage();
    const [before, refused] = [provider.seen.refreshes, provider.seen.refusals.length];
    await Promise.all([page.reload(), other.goto(pathTo("demo"))]);
    await row(page, "Other").waitFor();
    await row(other, "Other").waitFor();
    expect(provider.seen.refreshes - before).toBeGreaterThanOrEqual(2);
    expect(provider.seen.refusals.slice(refused)).toEqual([]);
    provider.setLifetime(300);
  });
});

describe("with a token", () => {
  it("asks for what is missing at its field, and says why a token is not taken", async () => {
    const { page } = await arrive();
    await page.goto("/");
    await button(page, "Sign in").click();
    await page.getByText("A project id is 1 to 64 letters").waitFor();
    await page.getByLabel("Project").fill("demo");
    await button(page, "Sign in").click();
    await page.getByText("Paste your token.").waitFor();
    await page.getByLabel("Token").fill("x".repeat(40));
    await button(page, "Sign in").click();
    await page.getByText("This token is not valid, or has expired.").waitFor();
    expect(await page.getByLabel("Token").getAttribute("aria-invalid")).toBe("true");
    expect(await page.getByLabel("Token").getAttribute("type")).toBe("password");
  });

  it("of a person opens the project that was named", async () => {
    const { page } = await arrive();
    await page.goto("/");
    await page.getByLabel("Project").fill("demo");
    await page.getByLabel("Token").fill(await provider.person("ada", ["demo", "other"]));
    await button(page, "Sign in").click();
    await row(page, "Other").waitFor();
    expect(page.url()).toBe(`${home()}${pathTo("demo")}`);
  });

  it("is in no address, no storage and no field once one is in", async () => {
    const { page, requested, written } = await arrive();
    await page.goto("/");
    await page.getByLabel("Project").fill("demo");
    await page.getByLabel("Token").fill(OPERATOR_TOKEN);
    await button(page, "Sign in").click();
    await row(page, "Other").waitFor();
    const there = await page.evaluate(() =>
      [
        document.documentElement.outerHTML,
        JSON.stringify({ ...localStorage, ...sessionStorage }),
        location.href,
      ].join(),
    );
    expect([there, ...requested, ...written].join("\n")).not.toContain(OPERATOR_TOKEN);
  });
});

describe("signing out in one tab", () => {
  /** Two tabs of one browser, both at the keys of a project. */
  const twoTabs = async () => {
    const here = await arrive();
    await enter(here, "tabs", { credential: await provider.person("ada", ["tabs"]) });
    const other = await here.context.newPage();
    await other.goto(pathTo("tabs"));
    for (const page of [here.page, other])
      await page.getByRole("heading", { name: "No API keys yet" }).waitFor();
    return { page: here.page, other };
  };

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
    await page.evaluate(() => {
      new BroadcastChannel("keyfast-session").onmessage = () =>
        requestAnimationFrame(() => document.body.setAttribute("data-told", ""));
    });
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

it("without the browser's locks, as over plain HTTP, signing out still comes after what is being read", async () => {
  provider.setPerson({ sub: "ada", projects: ["no-locks"] });
  provider.setLifetime(29);
  const { page, context } = await arrive();
  await context.addInitScript(() => void Reflect.deleteProperty(Navigator.prototype, "locks"));
  await page.goto(pathTo("no-locks"));
  expect(await page.evaluate(() => "locks" in navigator)).toBe(false);
  await page.getByRole("link", { name: "Continue with single sign-on" }).click();
  await page.getByRole("heading", { name: "No API keys yet" }).waitFor();
  const answer = Promise.withResolvers<void>();
  const methods: string[] = [];
  await page.route("**/console/session", async (route) => {
    methods.push(route.request().method());
    if (methods.length === 1) await answer.promise;
    await route.continue();
  });
  // What has to be renewed is read before the search, and its answer will set the cookie.
  await searchField(page).fill("x");
  await expect.poll(() => methods).toEqual(["GET"]);
  await button(page, "Sign out").click();
  await page.evaluate(() => fetch("/assets/none"));
  expect(methods).toEqual(["GET"]);
  answer.resolve();
  await signInTitle(page).waitFor();
  expect(methods.slice(0, 2)).toEqual(["GET", "DELETE"]);
  expect(await context.cookies()).toEqual([]);
  provider.setLifetime(300);
});

it("a page of another site gets nothing out of a session, by script, by form or by frame", async () => {
  const here = await arrive();
  const { page, context } = here;
  await enter(here, "demo", { credential: await provider.person("ada", ["demo"]) });
  await row(page, "Other").waitFor();
  const evil = await context.newPage();
  const refused: string[] = [];
  evil.on("console", (message) => refused.push(message.text()));
  await evil.goto(`${provider.url}/.well-known/openid-configuration`);
  const outcomes = await evil.evaluate(async (url) => {
    const call = (init: RequestInit) =>
      fetch(`${url}/keyfast.v1.ApiKeyService/ListApiKeys`, {
        method: "POST",
        credentials: "include",
        ...init,
      }).then(
        ({ status, type }) => (type === "opaque" ? "opaque" : status),
        () => "blocked",
      );
    const body = JSON.stringify({ projectId: "demo" });
    return [
      await call({ body, headers: { "content-type": "application/json", "x-keyfast-console": "1" } }),
      await call({ body, mode: "no-cors" }),
      await fetch(`${url}/console/session`, { credentials: "include" }).then(
        () => "read",
        () => "blocked",
      ),
    ];
  }, home());
  expect(outcomes).toEqual(["blocked", "opaque", "blocked"]);
  await evil.evaluate((url) => {
    const frame = document.createElement("iframe");
    frame.src = url;
    document.body.append(frame);
  }, home());
  await expect.poll(() => refused.join("\n")).toContain("frame-ancestors 'none'");
});
