/** How the form looks, and what becomes of what was entered when something goes wrong. */
import { describe, expect, it } from "vitest";
import { OPERATOR_TOKEN } from "../support/service.ts";
import { changeNextAnswer } from "./support/answers.ts";
import { button, fillForm, levels, nameField, openForm, shownKey } from "./support/steps.ts";
import { useBrowser, useService, visitProject } from "./support/visit.ts";

const browser = useBrowser();
const service = useService();

const open = (projectId: string) => visitProject(browser(), service(), projectId);

describe("the form", () => {
  it("shows the chosen level also in colours that the system chooses", async () => {
    const here = await visitProject(browser(), service(), "forced", { forcedColors: "active" });
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
    const here = await visitProject(browser(), service(), "forced", { forcedColors: "active" });
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
