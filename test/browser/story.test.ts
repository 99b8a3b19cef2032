/** An administrator's whole story, by mouse. */
import { expect, it } from "vitest";
import { VerdictSchema } from "../../gen/keyfast/v1/api_key_pb.ts";
import { Environment, PermissionLevel, Resource } from "../support/keys.ts";
import { OPERATOR_TOKEN, SERVICE_TOKEN } from "../support/service.ts";
import {
  button,
  chooseAction,
  dialog,
  fillForm,
  levels,
  nameField,
  names,
  openForm,
  row,
  searchField,
  shownKey,
} from "./support/steps.ts";
import { enter, useBrowser, useService, visit } from "./support/visit.ts";

const browser = useBrowser();
const service = useService();
const KEY = /^kf_prod_[0-9A-Za-z]{65}$/;

async function verdictOf(
  key: string,
  resource: Resource,
  level: PermissionLevel,
): Promise<string | undefined> {
  service().secrets.add(key);
  const required = [{ resource, level }];
  const { verdict } = await service().grpc(SERVICE_TOKEN).verifyApiKey({ key, required });
  return VerdictSchema.value[verdict]?.localName;
}

it("signs in, creates a key, uses it, finds it, copies it, deletes it, and signs out, by mouse", async () => {
  const { page, context } = await visit(browser(), service().httpUrl);
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  await page.goto("/");
  await page.getByLabel("Project").fill("by-mouse");
  await page.getByLabel("Token").fill(OPERATOR_TOKEN);
  await button(page, "Sign in").click();
  await page.getByRole("heading", { name: "No API keys yet" }).waitFor();
  expect(new URL(page.url()).pathname).toBe("/projects/by-mouse/api-keys");

  const form = await openForm(page);
  await nameField(page).fill("CRM_Production");
  await page.getByRole("radio", { name: "Production" }).check();
  await page.getByLabel("Expiry").selectOption("90");
  expect(await page.getByRole("switch", { name: "Restrict key" }).isChecked()).toBe(true);
  await levels(page, "All of Communication").getByLabel("Write").check();
  await levels(page, "Recordings").getByLabel("No access").check();
  await levels(page, "Contacts").getByLabel("Read").check();
  const summary =
    "CRM_Production can read Contacts; and read and change Calls, Messages, and Transcriptions, and nothing else.";
  await expect.poll(() => form.locator(".summary").textContent()).toBe(summary);
  await button(form, "Save").click();

  const key = await shownKey(page);
  expect(key).toMatch(KEY);
  await button(page, "Copy key").click();
  await page.getByText("Copied to the clipboard.").waitFor();
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(key);
  await button(page, "Done").click();
  const created = row(page, "CRM_Production");
  await created.waitFor();
  const cells = await created.getByRole("cell").allInnerTexts();
  expect(cells.slice(0, 6).map((text) => text.replaceAll(/\s+/g, " ").trim())).toEqual([
    key.slice(8, 24),
    `kf_prod_…${key.slice(-4)}`,
    "just now",
    "Restricted 4 of 19 resources",
    "Production",
    "in 90 days",
  ]);
  expect(await verdictOf(key, Resource.CALLS, PermissionLevel.WRITE)).toBe("VALID");
  expect(await verdictOf(key, Resource.RECORDINGS, PermissionLevel.READ)).toBe("INSUFFICIENT_PERMISSIONS");

  await chooseAction(page, "CRM_Production", "Create a copy");
  const copy = dialog(page, "Create a copy");
  expect(await nameField(page).inputValue()).toBe("CRM_Production");
  expect(await levels(page, "Calls").getByLabel("Write").isChecked()).toBe(true);
  await nameField(page).fill("CRM_Staging");
  await page.getByRole("radio", { name: "Staging" }).check();
  await button(copy, "Save").click();
  service().secrets.add(await shownKey(page));
  await button(page, "Copy key").click();
  await button(page, "Done").click();
  await row(page, "CRM_Staging").waitFor();

  await searchField(page).pressSequentially("prôd");
  await row(page, "CRM_Staging").waitFor({ state: "detached" });
  await expect.poll(() => names(page)).toEqual(["CRM_Production"]);
  await expect.poll(() => new URL(page.url()).searchParams.get("q")).toBe("prôd");
  await searchField(page).fill("nothing is called so");
  await page.getByRole("heading", { name: "No key matches" }).waitFor();
  await button(page, "Clear the search").click();
  await row(page, "CRM_Production").waitFor();

  await button(row(page, "CRM_Production"), /^Restricted/).click();
  await expect
    .poll(() => dialog(page, "CRM_Production").locator("li").allInnerTexts())
    .toEqual(["Calls\nWrite", "Messages\nWrite", "Transcriptions\nWrite", "Contacts\nRead"]);
  await button(page, "Close").click();

  await chooseAction(page, "CRM_Production", "Delete");
  const asking = dialog(page, "Delete CRM_Production?");
  expect(await asking.innerText()).toContain(
    "Whatever calls as CRM_Production in production stops working at once",
  );
  await button(asking, "Delete").click();
  const gone = dialog(page, "CRM_Production is deleted");
  await gone.waitFor();
  expect(await gone.innerText()).toMatch(/Gone on all replicas\s+Deleted at .*\. Confirmed by 1 replica\./);
  expect(await verdictOf(key, Resource.CALLS, PermissionLevel.READ)).toBe("NOT_FOUND");
  await button(gone, "Close").click();
  await expect.poll(() => names(page)).toEqual(["CRM_Staging"]);

  await button(page, "Sign out").click();
  await page.getByRole("heading", { name: "Sign in to Keyfast" }).waitFor();
  await page.reload();
  await page.getByRole("heading", { name: "Sign in to Keyfast" }).waitFor();
  expect(await context.cookies()).toEqual([]);
});

it("an unrestricted key is warned of, created on demand, and marked", async () => {
  const here = await visit(browser(), service().httpUrl);
  const { page } = here;
  await enter(here, "unrestricted");
  const form = await openForm(page);
  await fillForm(page, "Everything");
  await page.getByRole("switch", { name: "Restrict key" }).uncheck();
  await form.getByText("An unrestricted key is a security risk").waitFor();
  await expect
    .poll(() => form.locator(".summary").textContent())
    .toMatch(/has full access to every resource/);
  await button(form, "Save").click();
  const key = await shownKey(page);
  await button(page, "Copy key").click();
  await button(page, "Done").click();
  await button(row(page, "Everything"), /^Unrestricted/).waitFor();
  expect(await verdictOf(key, Resource.BILLING, PermissionLevel.WRITE)).toBe("VALID");
  const [stored] = (await service().grpc(OPERATOR_TOKEN).listApiKeys({ projectId: "unrestricted" })).apiKeys;
  expect([stored?.access.case, stored?.environment]).toEqual(["unrestricted", Environment.PRODUCTION]);
});
