/** A key is shown once: until a person says so it does not go away, and then it is nowhere. */
import { describe, expect, it } from "vitest";
import { refusalOf } from "../support/refusal.ts";
import { Secrets } from "../support/secrets.ts";
import { button, dialog, fillForm, forbidCopying, openForm, row, shownKey } from "./support/steps.ts";
import { historyOf, kept } from "./support/traces.ts";
import { enter, useBrowser, useService, type Visit, visit } from "./support/visit.ts";

const browser = useBrowser();
const service = useService();

/** The dialog with a new key, in a project of its own. */
async function withNewKey(projectId: string): Promise<Visit & { key: string }> {
  const here = await visit(browser(), service().httpUrl);
  await enter(here, projectId);
  return { ...here, key: await createKey(here) };
}

async function createKey({ page }: Visit): Promise<string> {
  const form = await openForm(page);
  await fillForm(page, "Shown_Once");
  await button(form, "Save").click();
  const key = await shownKey(page);
  service().secrets.add(key);
  return key;
}

it("is found nowhere once its dialog is closed, nor after a reload", async () => {
  const here = await withNewKey("nowhere");
  const { page, context, key, requested, written } = here;
  const secret = new Secrets();
  secret.add(key);
  expect(secret.findIn(await kept(page)), "while it is shown it is found").not.toEqual([]);
  await button(page, "Copy key").click();
  await button(page, "Done").click();
  await row(page, "Shown_Once").waitFor();
  await page.locator("dialog").waitFor({ state: "detached" });
  const look = async () =>
    [
      await kept(page),
      await historyOf(here),
      JSON.stringify(await context.storageState({ indexedDB: true })),
      JSON.stringify(await context.cookies()),
      requested.join("\n"),
      written.join("\n"),
    ].join("\n");
  expect(secret.findIn(await look())).toEqual([]);
  await page.reload();
  await row(page, "Shown_Once").waitFor();
  expect(secret.findIn(await look())).toEqual([]);
});

describe("it does not go away", () => {
  it("by a click beside the dialog, by Escape however often, or by a double click", async () => {
    const { page, key } = await withNewKey("stray");
    const shown = dialog(page, "Save your key").locator("code");
    await page.mouse.click(5, 5);
    await page.mouse.dblclick(5, 400);
    for (let times = 0; times < 4; times++) await page.keyboard.press("Escape");
    await page.getByText("You have not copied the key").waitFor();
    await page.mouse.click(5, 5);
    await button(page, "Copy key").click();
    expect(await shown.textContent()).toBe(key);
  });

  it("by a double click on Done, or by holding Enter there", async () => {
    const { page, key } = await withNewKey("double");
    const shown = dialog(page, "Save your key").locator("code");
    await button(page, "Done").dblclick();
    await page.getByText("You have not copied the key").waitFor();
    expect(await shown.textContent()).toBe(key);
    await button(page, "Close without copying").focus();
    await button(page, "Close without copying").click();
    await row(page, "Shown_Once").waitFor();

    const again = await withNewKey("held");
    await button(again.page, "Done").focus();
    for (let times = 0; times < 5; times++) await again.page.keyboard.down("Enter");
    await again.page.keyboard.up("Enter");
    expect(await dialog(again.page, "Save your key").locator("code").textContent()).toBe(again.key);
  });

  it.each([
    [1280, 3, 22],
    [1280, 6, 30],
    [360, 3, 22],
    [360, 6, 30],
  ])("at %i pixels by a double click at the edge of Copy key, %i, %i in it", async (width, x, y) => {
    const { page, key } = await withNewKey("edge");
    await page.setViewportSize({ width, height: 740 });
    const placeOf = (name: string) => button(page, name).boundingBox();
    const [copy, done] = [await placeOf("Copy key"), await placeOf("Done")];
    await page.mouse.click((copy?.x ?? 0) + x, (copy?.y ?? 0) + y);
    await page.getByText("Copied to the clipboard.").waitFor();
    await page.mouse.down({ clickCount: 2 });
    await page.mouse.up({ clickCount: 2 });
    expect(await dialog(page, "Save your key").locator("code").textContent()).toBe(key);
    expect([await placeOf("Copied"), await placeOf("Done")]).toEqual([copy, done]);
    // Wherever the buttons stand.
    await button(page, "Done").dispatchEvent("click", { detail: 2 });
    expect(await dialog(page, "Save your key").locator("code").textContent()).toBe(key);
    await button(page, "Done").click();
    await row(page, "Shown_Once").first().waitFor();
  });

  it("by going back, in or out of the project", async () => {
    const here = await visit(browser(), service().httpUrl);
    const { page } = here;
    await enter(here, "first");
    await button(page, /^Project first/).click();
    await dialog(page, "Switch project").getByLabel("Project").fill("second");
    await button(page, "Open project").click();
    await page.waitForURL("**/projects/second/**");
    const form = await openForm(page);
    await fillForm(page, "Shown_Once");
    await button(form, "Save").click();
    const key = await shownKey(page);
    service().secrets.add(key);
    await page.evaluate(() => history.back());
    await page.waitForURL("**/projects/second/**");
    await page.evaluate(() => history.back());
    await page.waitForURL("**/projects/second/**");
    expect(await dialog(page, "Save your key").locator("code").textContent()).toBe(key);
  });

  it("by a reload or by closing the tab, without a warning of the browser", async () => {
    const { page, key } = await withNewKey("reloaded");
    const asked: string[] = [];
    page.on("dialog", async (warning) => {
      asked.push(warning.type());
      await warning.dismiss();
    });
    await page.evaluate(() => location.reload());
    await expect.poll(() => asked).toEqual(["beforeunload"]);
    await page.close({ runBeforeUnload: true });
    await expect.poll(() => asked).toEqual(["beforeunload", "beforeunload"]);
    expect(await dialog(page, "Save your key").locator("code").textContent()).toBe(key);
  });

  it("while a list that was asked for before it is refused, since the session has ended", async () => {
    const here = await visit(browser(), service().httpUrl);
    const { page, context } = here;
    const { promise, resolve } = Promise.withResolvers<void>();
    await page.route("**/ListApiKeys", async (route) => {
      await promise;
      await route.fulfill(refusalOf("CREDENTIAL_INVALID"));
    });
    await enter(here, "ended");
    const key = await createKey(here);
    await context.clearCookies();
    resolve();
    await page.getByText("Your session has ended").waitFor({ state: "attached" });
    await page.evaluate(() => new Promise(requestAnimationFrame));
    expect(await dialog(page, "Save your key").locator("code").textContent()).toBe(key);
    await button(page, "Copy key").click();
    await button(page, "Done").click();
    await page.getByRole("heading", { name: "Sign in to Keyfast" }).waitFor();
  });
});

it("can be copied by hand where the browser does not let the page", async () => {
  const { page, key } = await withNewKey("by-hand");
  await forbidCopying(page);
  await button(page, "Copy key").click();
  await page.getByText("The key is selected").waitFor();
  expect(await page.evaluate(() => String(getSelection()))).toBe(key);
});
