/** An administrator's whole story with the keyboard alone. */
import { expect, it } from "vitest";
import { Environment, PermissionLevel, Resource, restricted } from "../support/keys.ts";
import { OPERATOR_TOKEN } from "../support/service.ts";
import {
  button,
  dialog,
  levels,
  nameField,
  openForm,
  row,
  searchField,
  shownKey,
  tabTo,
  untilFocused,
} from "./support/steps.ts";
import { storeKeys } from "./support/stored-keys.ts";
import { enter, openProject, useBrowser, useService, visit } from "./support/visit.ts";

const browser = useBrowser();
const service = useService();

it("signs in, creates a key, finds it, deletes it, and signs out", async () => {
  const { page } = await visit(browser(), service().httpUrl);
  const { keyboard } = page;
  await page.goto("/projects/by-keyboard/api-keys");
  await tabTo(page, page.getByLabel("Token"));
  await keyboard.type(OPERATOR_TOKEN);
  await keyboard.press("Enter");
  await page.getByRole("heading", { name: "No API keys yet" }).waitFor();

  await tabTo(page, button(page, "Create API Key").first());
  await keyboard.press("Enter");
  await untilFocused(page, nameField(page));
  await keyboard.type("Booking_App_Production");
  await tabTo(page, page.getByRole("radio", { name: "Development" }));
  await keyboard.press("ArrowLeft");
  expect(await page.getByRole("radio", { name: "Production" }).isChecked()).toBe(true);
  await tabTo(page, page.getByLabel("Expiry"));
  await keyboard.type("In 30");
  await tabTo(page, page.getByRole("switch", { name: "Restrict key" }));
  await keyboard.press("Space");
  await page.getByText("An unrestricted key is a security risk").waitFor();
  await keyboard.press("Space");
  await tabTo(page, levels(page, "Calls").getByLabel("No access"));
  await keyboard.press("ArrowRight");
  await keyboard.press("Enter");

  const key = await shownKey(page);
  service().secrets.add(key);
  await untilFocused(page, button(page, "Copy key"));
  await keyboard.press("Escape");
  await page.getByText("You have not copied the key").waitFor();
  await keyboard.press("Enter");
  await page.getByText("Copied to the clipboard.").waitFor();
  await tabTo(page, button(page, "Done"));
  await keyboard.press("Enter");
  await row(page, "Booking_App_Production").waitFor();
  await untilFocused(page, button(page, "Create API Key"));

  await keyboard.press("/");
  await untilFocused(page, searchField(page));
  await keyboard.type("no such name");
  await page.getByRole("heading", { name: "No key matches" }).waitFor();
  await keyboard.press("Escape");
  await row(page, "Booking_App_Production").waitFor();

  const actions = button(page, "Actions for Booking_App_Production");
  await tabTo(page, actions);
  await keyboard.press("Enter");
  await untilFocused(page, page.getByRole("menuitem", { name: "View details" }));
  await keyboard.press("Escape");
  await untilFocused(page, actions);
  await keyboard.press("Enter");
  await keyboard.press("End");
  await keyboard.press("ArrowDown");
  await keyboard.press("Enter");
  await dialog(page, "Booking_App_Production").waitFor();
  await keyboard.press("Escape");
  await untilFocused(page, actions);

  await keyboard.press("Enter");
  await keyboard.press("ArrowUp");
  await keyboard.press("Enter");
  const asking = dialog(page, "Delete Booking_App_Production?");
  await asking.waitFor();
  await keyboard.press("Escape");
  await untilFocused(page, actions);
  await keyboard.press("Enter");
  await keyboard.press("ArrowUp");
  await keyboard.press("Enter");
  await tabTo(page, button(asking, "Delete"));
  await keyboard.press("Enter");
  await dialog(page, "Booking_App_Production is deleted").waitFor();
  await untilFocused(page, button(page, "Close"));
  await keyboard.press("Enter");
  await page.getByRole("heading", { name: "No API keys yet" }).waitFor();
  await untilFocused(page, page.getByRole("heading", { name: "API keys", exact: true }));

  await tabTo(page, button(page, "Sign out"));
  await keyboard.press("Enter");
  await page.getByRole("heading", { name: "Sign in to Keyfast" }).waitFor();
});

it("creates a copy of a key, with another level for a whole group", async () => {
  await storeKeys(service(), "copied", [{ displayName: "CRM_Staging", environment: Environment.STAGING }]);
  const page = await openProject(browser(), service(), "copied");
  const { keyboard } = page;
  await tabTo(page, button(page, "Actions for CRM_Staging"));
  await keyboard.press("Enter");
  await untilFocused(page, page.getByRole("menuitem", { name: "View details" }));
  await keyboard.press("ArrowDown");
  await untilFocused(page, page.getByRole("menuitem", { name: "Create a copy" }));
  await keyboard.press("Enter");
  await dialog(page, "Create a copy").waitFor();
  await untilFocused(page, nameField(page));
  // What is there is selected: typing replaces it.
  await keyboard.type("Dialer_Staging");
  await tabTo(page, levels(page, "All of Communication").getByLabel("No access"));
  await keyboard.press("ArrowRight");
  await keyboard.press("ArrowRight");
  expect(await levels(page, "All of Communication").getByLabel("Write").isChecked()).toBe(true);
  await tabTo(page, levels(page, "All of Contacts and data").getByLabel("No access"));
  await keyboard.press("ArrowRight");
  await tabTo(page, levels(page, "Contacts").getByLabel("Read"));
  await keyboard.press("ArrowLeft");
  await keyboard.press("Enter");

  service().secrets.add(await shownKey(page));
  await untilFocused(page, button(page, "Copy key"));
  await keyboard.press("Enter");
  await page.getByText("Copied to the clipboard.").waitFor();
  await tabTo(page, button(page, "Done"));
  await keyboard.press("Enter");
  await row(page, "Dialer_Staging").waitFor();
  await row(page, "CRM_Staging").waitFor();

  const { apiKeys } = await service().grpc(OPERATOR_TOKEN).listApiKeys({ projectId: "copied" });
  const [copy] = apiKeys;
  const { CALLS, MESSAGES, TRANSCRIPTIONS, RECORDINGS, STATISTICS, VERIFICATIONS } = Resource;
  const granted = restricted(
    ...[CALLS, MESSAGES, TRANSCRIPTIONS, RECORDINGS].map((resource): [Resource, PermissionLevel] => [
      resource,
      PermissionLevel.WRITE,
    ]),
    [STATISTICS, PermissionLevel.READ],
    [VERIFICATIONS, PermissionLevel.READ],
  );
  expect(copy).toMatchObject({
    displayName: "Dialer_Staging",
    environment: Environment.STAGING,
    access: granted,
  });
});

it("focus stays inside an open dialog, whichever way one tabs", async () => {
  const here = await visit(browser(), service().httpUrl);
  const { page } = here;
  await enter(here, "trapped");
  await openForm(page);
  for (const key of ["Tab", "Shift+Tab"]) {
    for (let pressed = 0; pressed < 45; pressed++) {
      await page.keyboard.press(key);
      const where = await page.evaluate(() => {
        const active = document.activeElement;
        return active === document.body ? "the browser" : active?.closest("dialog") ? "inside" : "outside";
      });
      expect(where).not.toBe("outside");
    }
  }
});
