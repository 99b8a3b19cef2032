/** A complete key where a search or a name belongs: it is not sent, and reaches neither the address nor the history. */
import { beforeAll, describe, expect, it } from "vitest";
import { newKeyId, newKeyText } from "../../src/domain/key-text.ts";
import { Secrets } from "../support/secrets.ts";
import { button, fillForm, nameField, openForm, row, searchField, untilFocused } from "./support/steps.ts";
import { storeKeys } from "./support/stored-keys.ts";
import { historyOf, kept } from "./support/traces.ts";
import { enter, pathTo, useBrowser, useProvider, useService, type Visit, visit } from "./support/visit.ts";

const PROJECT = "pasted";
const provider = useProvider();
const browser = useBrowser();
const service = useService(() => provider().settings);
beforeAll(() => storeKeys(service(), PROJECT, [{ displayName: "Plain" }, { displayName: "Other" }]));

const KEY = newKeyText("kf", 3, newKeyId());
const secret = new Secrets();
secret.add(KEY);

/** Beside what is kept: what was asked for from now on, and with what. */
async function arrive() {
  const here = await visit(browser(), service().httpUrl);
  const sent: string[] = [];
  const findKey = async () =>
    secret.findIn([await kept(here.page), await historyOf(here), ...sent].join("\n"));
  const listen = () =>
    here.context.on("request", (request) => sent.push(`${request.url()} ${request.postData()}`));
  return { ...here, findKey, listen };
}

const note = ({ page }: Visit) =>
  page.getByRole("alert").getByText("A complete key does not belong here").waitFor();

describe("pasted into the search box", () => {
  it.each([
    ["as it is", KEY],
    ["in a header", `Authorization: Bearer ${KEY}`],
    ["behind more than a search may hold", `${"x".repeat(60)} ${KEY}`],
    ["with spaces around it", `  ${KEY} `],
  ])("%s, it is refused and taken out of the box, as often as that is done", async (_, text) => {
    const here = await arrive();
    const { page } = here;
    await page.clock.install();
    await enter(here, PROJECT);
    await row(page, "Plain").waitFor();
    here.listen();
    for (let times = 0; times < 2; times++) {
      await searchField(page).fill(text);
      await note(here);
      expect(await searchField(page).inputValue()).toBe("");
      await page.keyboard.press("Enter");
      await page.clock.fastForward(5_000);
      expect(await here.findKey()).toEqual([]);
    }
    await searchField(page).fill("plain");
    await page.clock.fastForward(5_000);
    await row(page, "Other").waitFor({ state: "detached" });
    expect(await page.getByRole("alert").count()).toBe(0);
    expect(new URL(page.url()).search).toBe("?q=plain");
    expect(await here.findKey()).toEqual([]);
  });
});

describe("in the address that is opened", () => {
  it.each([
    ["as the search", `?q=${KEY}`],
    ["within the search, on a page of it", `?q=Bearer+${KEY}&page=abc&n=2`],
    ["in other letters", `?q=%6B${KEY.slice(1)}`],
    ["as the page", `?page=${KEY}`],
    ["as something that means nothing", `?other=${KEY}`],
  ])("%s, it is taken out before anything is asked for, and that is said", async (_, query) => {
    const here = await arrive();
    const { page } = here;
    await enter(here, PROJECT);
    await row(page, "Plain").waitFor();
    const lists: string[] = [];
    page.on("request", (request) => {
      if (request.url().endsWith("/ListApiKeys")) lists.push(request.postData() ?? "");
    });
    await page.goto(pathTo(PROJECT, query));
    await note(here);
    await row(page, "Plain").waitFor();
    expect(page.url()).toBe(`${service().httpUrl}${pathTo(PROJECT)}`);
    expect(lists.length).toBeGreaterThan(0);
    expect(secret.findIn(lists.join("\n"))).toEqual([]);
    expect(await here.findKey()).toEqual([]);
    await page.goBack();
    await page.goForward();
    expect(await here.findKey()).toEqual([]);
  });

  it("it is not handed to the sign-in provider's way back either", async () => {
    const here = await arrive();
    const { page } = here;
    await page.goto(pathTo(PROJECT, `?q=${KEY}`));
    const link = page.getByRole("link", { name: "Continue with single sign-on" });
    await link.waitFor();
    expect(await link.getAttribute("href")).toBe(
      `/console/sign-in?return=${encodeURIComponent(pathTo(PROJECT))}`,
    );
    expect(await here.findKey()).toEqual([]);
  });
});

it("entered as the name of a new key, it is refused at its field and not sent", async () => {
  const here = await arrive();
  const { page } = here;
  await enter(here, PROJECT);
  const form = await openForm(page);
  here.listen();
  await fillForm(page, `Bearer ${KEY}`);
  await button(form, "Save").click();
  const mistake = form.getByText("Must not contain a complete key, which is a secret.");
  await mistake.waitFor();
  await untilFocused(page, nameField(page));
  await nameField(page).fill("Named");
  expect(await here.findKey()).toEqual([]);
});
