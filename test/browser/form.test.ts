/** The form's mistakes, and what becomes of what was entered when something goes wrong. */
import type { Page, Route } from "playwright-core";
import { describe, expect, it } from "vitest";
import { OPERATOR_TOKEN } from "../support/service.ts";
import { changeNextAnswer, refuse } from "./support/answers.ts";
import {
  button,
  fillForm,
  isFocused,
  levels,
  nameField,
  openForm,
  shownKey,
  untilFocused,
} from "./support/steps.ts";
import { enter, useBrowser, useService, visit } from "./support/visit.ts";

const browser = useBrowser();
const service = useService();

async function open(projectId: string) {
  const here = await visit(browser(), service().httpUrl);
  await enter(here, projectId);
  return here;
}

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

describe("the form", () => {
  it("shows the chosen level also in colours that the system chooses", async () => {
    const here = await visit(browser(), service().httpUrl, { forcedColors: "active" });
    await enter(here, "forced");
    await openForm(here.page);
    const calls = levels(here.page, "Calls");
    for (const level of ["Read", "Write", "No access"]) {
      await calls.getByLabel(level).check();
      const chosen = calls.locator("input:checked + span");
      const other = calls.locator("input:not(:checked) + span").first();
      const ground = (element: Element) => getComputedStyle(element).backgroundColor;
      expect(await chosen.evaluate(ground), level).not.toBe(await other.evaluate(ground));
      expect(await chosen.evaluate((element) => getComputedStyle(element).forcedColorAdjust)).toBe("none");
    }
  });

  it("shows the switch, and whether it is on, also in colours that the system chooses", async () => {
    const here = await visit(browser(), service().httpUrl, { forcedColors: "active" });
    await enter(here, "forced");
    await openForm(here.page);
    const restrict = here.page.getByRole("switch", { name: "Restrict key" });
    const look = () =>
      restrict.evaluate((element) => {
        const { backgroundColor: track, borderTopColor: edge, borderTopWidth } = getComputedStyle(element);
        const { backgroundColor: knob } = getComputedStyle(element, "::after");
        const { backgroundColor: ground } = getComputedStyle(element.closest("dialog") as Element);
        return { track, edge, knob, ground, hasEdge: borderTopWidth !== "0px" };
      });
    const on = await look();
    await restrict.uncheck();
    const off = await look();
    for (const { track, edge, knob, ground, hasEdge } of [on, off]) {
      expect(hasEdge).toBe(true);
      expect(edge).not.toBe(ground);
      expect(knob).not.toBe(track);
    }
    expect(on.track).not.toBe(off.track);
  });

  it("is not lost by Escape or a stray click once something is entered", async () => {
    const { page } = await open("kept");
    const form = await openForm(page);
    await fillForm(page, "Half_Done");
    await page.mouse.click(5, 5);
    await page.keyboard.press("Escape");
    await form.getByText("Discard what you entered?").waitFor();
    await page.keyboard.press("Escape");
    await form.getByText("Discard what you entered?").waitFor({ state: "detached" });
    expect(await nameField(page).inputValue()).toBe("Half_Done");
    await button(form, "Cancel").click();
    await button(form, "Discard").click();
    await form.waitFor({ state: "detached" });
  });

  it("is not lost by going back, a reload or closing the tab without a question, once something is entered", async () => {
    const { page } = await open("leaving");
    const asked: string[] = [];
    page.on("dialog", async (question) => {
      asked.push(question.type());
      await question.dismiss();
    });
    await openForm(page);
    await page.reload();
    await openForm(page);
    expect(asked, "nothing is lost").toEqual([]);
    await fillForm(page, "Half_Done");
    const ways = [() => history.back(), () => location.reload()];
    for (const [index, leave] of ways.entries()) {
      await page.evaluate(leave);
      await expect.poll(() => asked).toHaveLength(index + 1);
    }
    await page.close({ runBeforeUnload: true });
    await expect.poll(() => asked).toEqual(Array(3).fill("beforeunload"));
    expect(await nameField(page).inputValue()).toBe("Half_Done");
  });

  it("stays until it is answered once it is being saved, and is saved once", async () => {
    const { page, requested } = await open("saving");
    const form = await openForm(page);
    await fillForm(page, "Saved_Once");
    const { promise, resolve } = Promise.withResolvers<void>();
    await changeNextAnswer(page, "CreateApiKey", (answer) => promise.then(() => answer));
    await button(form, "Save").click();
    await button(form, "Saving…").click({ force: true });
    expect(await button(form, "Cancel").getAttribute("aria-disabled")).toBe("true");
    await button(form, "Cancel").click({ force: true });
    await page.keyboard.press("Escape");
    expect(await form.getByText("Discard what you entered?").count()).toBe(0);
    resolve();
    service().secrets.add(await shownKey(page));
    expect(requested.filter((url) => url.endsWith("/CreateApiKey"))).toHaveLength(1);
  });

  it("outlives the session: one signs in elsewhere, and saves", async () => {
    const here = await open("elsewhere");
    const { page, context } = here;
    const form = await openForm(page);
    await fillForm(page, "Saved_Later");
    await context.clearCookies();
    await button(form, "Save").click();
    await form.getByText("Sign in again in another tab").waitFor();
    await context.request.post("/console/session", {
      headers: { "x-keyfast-console": "1" },
      data: { projectId: "elsewhere", credential: OPERATOR_TOKEN },
    });
    await button(form, "Save").click();
    service().secrets.add(await shownKey(page));
  });
});
