/** What the table shows. */
import { expect, it } from "vitest";
import { READ, restrictedTo, UNRESTRICTED } from "../../src/domain/access.ts";
import { Environment } from "../support/keys.ts";
import { button, dialog, forbidCopying, row } from "./support/steps.ts";
import { storeKeys } from "./support/stored-keys.ts";
import { enter, openProject, useBrowser, useService, visit } from "./support/visit.ts";

const browser = useBrowser();
const service = useService();

const open = (projectId: string) =>
  openProject(browser(), service(), projectId, { timezoneId: "Europe/Madrid", locale: "en-GB" });

it("tells ages in words and exactly on hover, marks keys over 90 days, and those that have expired", async () => {
  const inTenDays = new Date(Date.now() + 10.25 * 86_400_000);
  await storeKeys(service(), "ages", [
    { displayName: "Ninety_One", ageDays: 91 },
    { displayName: "Eighty_Nine", ageDays: 89, expireTime: inTenDays },
    { displayName: "For_Ninety", ageDays: 130, expireTime: new Date(Date.now() + 90 * 86_400_000) },
    { displayName: "Fresh", expireTime: new Date("2024-05-06T07:08:09Z") },
  ]);
  const page = await open("ages");
  const cell = (name: string, label: string) => row(page, name).locator(`[data-label="${label}"]`);
  await row(page, "Fresh").waitFor();
  expect(await cell("Ninety_One", "Created").innerText()).toBe("91 days ago\nRotate: 91 days old");
  expect(await cell("Eighty_Nine", "Created").innerText()).toBe("89 days ago");
  expect(await cell("Fresh", "Created").innerText()).toBe("just now");
  expect(await cell("Eighty_Nine", "Expires").innerText()).toBe("in 10 days");
  expect(await cell("For_Ninety", "Created").innerText()).toBe("4 months ago\nRotate: 130 days old");
  expect(await cell("For_Ninety", "Expires").innerText()).toBe("in 90 days");
  expect(await cell("Ninety_One", "Expires").innerText()).toBe("Never");
  expect(await cell("Fresh", "Expires").innerText()).toMatch(/^Expired\n\d years? ago$/);
  expect(await cell("Fresh", "Expires").locator("time").getAttribute("title")).toBe(
    "May 6, 2024, 9:08:09 AM GMT+2",
  );
  expect(await cell("Fresh", "Expires").locator("time").getAttribute("datetime")).toBe(
    "2024-05-06T07:08:09.000Z",
  );
});

it("tells ages that are true also on a page that has been left open", async () => {
  await storeKeys(service(), "open", [{ displayName: "Fresh" }]);
  const here = await visit(browser(), service().httpUrl);
  await here.page.clock.install();
  await enter(here, "open");
  const created = row(here.page, "Fresh").locator('[data-label="Created"]');
  await expect.poll(() => created.innerText()).toBe("just now");
  await here.page.clock.fastForward(3 * 3_600_000);
  await expect.poll(() => created.innerText()).toBe("3 hours ago");
});

it("copies a key's id, and says where the browser does not let it", async () => {
  const [keyId] = await storeKeys(service(), "ids", [{ displayName: "Copied" }]);
  const here = await visit(browser(), service().httpUrl);
  await here.context.grantPermissions(["clipboard-read", "clipboard-write"]);
  await enter(here, "ids");
  const { page } = here;
  await button(page, "Copy the key ID of Copied").click();
  await button(page, "Copied").waitFor();
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(keyId);
  await button(page, "Copy the key ID of Copied").waitFor();
  await forbidCopying(page);
  await button(page, "Copy the key ID of Copied").click();
  await button(page, "The browser does not let this page copy").waitFor();
});

it("says what a key may do in a word, and in full on demand", async () => {
  await storeKeys(service(), "access", [
    { displayName: "Open", access: UNRESTRICTED },
    { displayName: "Closed", access: restrictedTo([]) },
    {
      displayName: "Some",
      access: restrictedTo([{ resource: 1, level: READ }]),
      environment: Environment.STAGING,
    },
  ]);
  const page = await open("access");
  await row(page, "Open").waitFor();
  const permissions = (name: string) => row(page, name).locator('[data-label="Permissions"]').innerText();
  expect(await permissions("Open")).toBe("Unrestricted\nFull access");
  expect(await permissions("Closed")).toBe("Restricted\nNo access");
  expect(await permissions("Some")).toBe("Restricted\n1 of 19 resources");
  await row(page, "Closed")
    .getByRole("button", { name: /^Restricted/ })
    .click();
  await dialog(page, "Closed").getByText("This key has no access to anything.").waitFor();
});

it("shows any name as the text that it is", async () => {
  const names = [
    '<img src=x onerror="alert(1)">',
    "{{7*7}} &amp; %s",
    "مفتاح",
    "e\u0301".repeat(50),
    "\u00a0\u3000wide",
  ];
  await storeKeys(
    service(),
    "names",
    names.map((displayName) => ({ displayName })),
  );
  const page = await open("names");
  await page.getByRole("rowheader").first().waitFor();
  const shown = await page.locator("th bdi").allTextContents();
  expect(shown).toEqual(names.toReversed());
  expect(await page.locator("tbody img").count()).toBe(0);
});
