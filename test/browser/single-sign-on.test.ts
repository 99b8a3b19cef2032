/** Signing in by OpenID Connect, from another site and back. */
import { describe, expect, it } from "vitest";
import { signInTitle, useOtherSite } from "./support/other-site.ts";
import { button, dialog, row, searchField } from "./support/steps.ts";
import { storeKeys } from "./support/stored-keys.ts";
import { pathTo } from "./support/visit.ts";

const { provider, service, home, arrive } = useOtherSite();
const ADA = { sub: "ada", projects: ["demo"], email: "ada@example.com" };

describe("by single sign-on", () => {
  it("leads to the provider and back to where one wanted to go, stays over a reload, and ends by signing out", async () => {
    provider().setPerson(ADA);
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
    for (const token of provider().seen.tokens) expect(requested.join("\n")).not.toContain(token);
    const [refreshToken] = provider().seen.tokens;
    await button(page, "Sign out").click();
    await signInTitle(page).waitFor();
    expect(await context.cookies()).toEqual([]);
    expect(provider().seen.revoked).toEqual([refreshToken]);
  });

  it("that the provider refuses is told, and the address is tidy again", async () => {
    provider().setPerson(undefined);
    const { page } = await arrive();
    await page.goto("/");
    await page.getByRole("link", { name: "Continue with single sign-on" }).click();
    await page.getByText("The sign-in provider did not sign you in.").waitFor();
    expect(page.url()).toBe(`${home()}/`);
  });

  it("to several projects lets one choose, and switch", async () => {
    provider().setPerson({ sub: "ada", projects: ["b-side", "a-side"] });
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
    provider().setPerson({ sub: "eve", projects: [], email: "eve@example.com" });
    const { page } = await arrive();
    await page.goto("/");
    await page.getByRole("link", { name: "Continue with single sign-on" }).click();
    await page.getByRole("heading", { name: "You are not an administrator of any project" }).waitFor();
    await page.getByText("eve@example.com").first().waitFor();
  });

  it("is renewed behind the scenes, by two tabs at once too, each refresh token once", async () => {
    provider().setPerson(ADA);
    provider().setLifetime(29);
    const { page, context } = await arrive();
    await page.goto(pathTo("demo"));
    await page.getByRole("link", { name: "Continue with single sign-on" }).click();
    await row(page, "Other").waitFor();
    const other = await context.newPage();
    const [before, refused] = [provider().seen.refreshes, provider().seen.refusals.length];
    await Promise.all([page.reload(), other.goto(pathTo("demo"))]);
    await row(page, "Other").waitFor();
    await row(other, "Other").waitFor();
    expect(provider().seen.refreshes - before).toBeGreaterThanOrEqual(2);
    expect(provider().seen.refusals.slice(refused)).toEqual([]);
    provider().setLifetime(300);
  });
});

it("without the browser's locks, as over plain HTTP, signing out still comes after what is being read", async () => {
  provider().setPerson({ sub: "ada", projects: ["no-locks"] });
  provider().setLifetime(29);
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
  provider().setLifetime(300);
});
