/** The form's mistakes, at their fields. */
import type { Page, Route } from "playwright-core";
import { describe, expect, it } from "vitest";
import { refuse } from "./support/answers.ts";
import { button, fillForm, isFocused, nameField, openForm, shownKey, untilFocused } from "./support/steps.ts";
import { enter, useBrowser, useService, visit, visitProject } from "./support/visit.ts";

const browser = useBrowser();
const service = useService();

const open = (projectId: string) => visitProject(browser(), service(), projectId);

describe("the form's mistakes are shown at their fields, and focus goes to the first,", () => {
  const mistakeAt = (page: Page, id: string) => page.locator(`#${id}-mistake`);

  it("by the contract's rules in the browser, without a call", async () => {
    const { page, requested } = await open("mistakes");
    const form = await openForm(page);
    await button(form, "Save").click();
    await mistakeAt(page, "key-name").waitFor();
    expect(await mistakeAt(page, "key-name").innerText()).toBe(
      "Must be 1 to 100 characters, not counting spaces around it.",
    );
    expect(await form.getByText("Choose the environment that the key is for.").count()).toBe(1);
    expect(await isFocused(nameField(page))).toBe(true);
    expect(await nameField(page).getAttribute("aria-invalid")).toBe("true");
    await nameField(page).fill("x".repeat(101));
    await page.getByRole("radio", { name: "Staging" }).check();
    await page.getByLabel("Expiry").selectOption("custom");
    await button(form, "Save").click();
    await form.getByText("Choose when the key expires.").waitFor();
    expect(await mistakeAt(page, "key-name").count()).toBe(1);
    expect(requested.filter((url) => url.endsWith("/CreateApiKey"))).toEqual([]);
  });

  it("by the service where the browser has no rules for it", async () => {
    const { page } = await open("mistakes");
    const form = await openForm(page);
    await fillForm(page, "Too_Late");
    await page.getByLabel("Expiry").selectOption("custom");
    await page.getByLabel("Expires at").fill("2020-01-01T00:00");
    await button(form, "Save").click();
    await mistakeAt(page, "key-expiry").waitFor();
    expect(await mistakeAt(page, "key-expiry").innerText()).toMatch(/future/);
    await untilFocused(page, page.getByLabel("Expiry"));
    await page.getByLabel("Expiry").selectOption("never");
    await button(form, "Save").click();
    service().secrets.add(await shownKey(page));
  });

  it("where the year has five digits: that is no time", async () => {
    const { page, requested } = await open("mistakes");
    const form = await openForm(page);
    await fillForm(page, "Far_Off");
    await page.getByLabel("Expiry").selectOption("custom");
    const time = page.getByLabel("Expires at");
    await time.evaluate((element: HTMLInputElement) => {
      element.value = "12345-01-01T00:00";
      element.dispatchEvent(new Event("input", { bubbles: true }));
    });
    await button(form, "Save").click();
    await form.getByText("Choose when the key expires.").waitFor();
    expect(await time.getAttribute("max")).toBe("9999-12-31T23:59");
    expect(requested.filter((url) => url.endsWith("/CreateApiKey"))).toEqual([]);
    await time.fill("9999-12-31T23:59");
    await form.getByText("Until Dec 31, 9999").waitFor();
  });

  it("also at the switch of the permissions, which is described by it", async () => {
    const { page } = await open("mistakes");
    const form = await openForm(page);
    await fillForm(page, "Refused");
    const violations = [{ field: "restricted.permissions", description: "must be fewer" }];
    await refuse(page, "CreateApiKey", "FIELD_INVALID", violations);
    await button(form, "Save").click();
    await mistakeAt(page, "key-permissions").waitFor();
    const restrict = page.getByRole("switch", {
      name: "Restrict key",
      description: /^Must be fewer\. Give it only/,
    });
    await untilFocused(page, restrict);
    expect(await restrict.getAttribute("aria-invalid")).toBe("true");
  });

  const BROKEN_RULES = "export const brokenRules = () => { throw new Error('broken by the test'); };";
  const broken = { contentType: "text/javascript", body: BROKEN_RULES };
  it.each([
    ["cannot be loaded", (route: Route) => route.abort()],
    ["fail when they are asked", (route: Route) => route.fulfill(broken)],
  ])("by the service for every field where the rules %s", async (_, answer) => {
    const here = await visit(browser(), service().httpUrl);
    const { page } = here;
    await page.route("**/assets/rules-*", answer);
    await enter(here, "mistakes");
    const form = await openForm(page);
    await nameField(page).fill("a\u202Eb");
    await button(form, "Save").click();
    await mistakeAt(page, "key-name").waitFor();
    expect(await mistakeAt(page, "key-name").innerText()).toBe("Must not contain control characters.");
    expect(await form.getByText("Choose the environment that the key is for.").count()).toBe(1);
    expect(await button(form, "Save").getAttribute("aria-disabled")).toBe("false");
  });
});
