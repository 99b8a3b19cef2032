/** What the form shows: resources, levels, hints. */
import { getOption, hasOption } from "@bufbuild/protobuf";
import { expect, it } from "vitest";
import { ResourceSchema, resource as resourceOption } from "../../gen/keyfast/v1/resource_pb.ts";
import { button, levels, nameField, openForm } from "./support/steps.ts";
import { openProject, useBrowser, useService } from "./support/visit.ts";

const browser = useBrowser();
const service = useService();

const open = (projectId: string) => openProject(browser(), service(), projectId);

it("lists the resources in the groups, order and words of the contract, each at no access at first", async () => {
  const page = await open("form");
  const form = await openForm(page);
  const expected = ResourceSchema.values
    .filter((value) => hasOption(value, resourceOption))
    .map((value) => getOption(value, resourceOption));
  expect(expected).toHaveLength(19);
  expect(await form.locator(".resource-title").allInnerTexts()).toEqual(expected.map(({ title }) => title));
  expect(await form.locator(".resource .hint").allInnerTexts()).toEqual(
    expected.map(({ description }) => description),
  );
  const groups = [...new Set(expected.map(({ group }) => group))];
  expect(await form.locator("legend").allTextContents()).toEqual(groups);
  for (const { title } of expected) {
    expect(await levels(page, title).getByLabel("No access").isChecked(), title).toBe(true);
  }
  await expect.poll(() => form.locator(".summary").textContent()).toBe("This key has no access to anything.");
});

it("scrolls between its title and its buttons, which stay in view on a narrow screen too", async () => {
  const page = await open("form");
  await page.setViewportSize({ width: 360, height: 740 });
  const form = await openForm(page);
  await form.getByText("Notifications", { exact: true }).evaluate((element) => element.scrollIntoView());
  expect(await form.locator(".dialog-body").evaluate(({ scrollTop }) => scrollTop)).toBeGreaterThan(500);
  for (const part of [form.getByRole("heading", { name: "Create API Key" }), button(form, "Save")]) {
    const { y = -1, height = 0 } = (await part.boundingBox()) ?? {};
    expect(y).toBeGreaterThan(0);
    expect(y + height).toBeLessThan(740);
  }
  expect(await form.evaluate(({ scrollHeight, clientHeight }) => scrollHeight - clientHeight)).toBe(0);
});

it("a level for a whole group is that of each in it, and of none where they differ", async () => {
  const page = await open("form");
  await openForm(page);
  const all = levels(page, "All of Communication");
  await all.getByLabel("Write").check();
  for (const title of ["Calls", "Messages", "Transcriptions", "Recordings"]) {
    expect(await levels(page, title).getByLabel("Write").isChecked(), title).toBe(true);
  }
  expect(await levels(page, "Agents").getByLabel("No access").isChecked()).toBe(true);
  await levels(page, "Calls").getByLabel("Read").check();
  expect(await all.locator("input:checked").count()).toBe(0);
});

it("hints at a name that says where the key is used", async () => {
  const page = await open("form");
  const form = await openForm(page);
  await form.getByText("CRM_Production, Mobile_App_Staging").waitFor();
  await nameField(page).fill("Booking App");
  await page.getByRole("radio", { name: "Staging" }).check();
  await form.getByText("Booking_App_Staging would also say where it is used.").waitFor();
  await nameField(page).fill("Product_Devices");
  await form.getByText("Product_Devices_Staging would also say where it is used.").waitFor();
  await nameField(page).fill("Booking_PROD2");
  await form.getByText("The name says Production, the key is for Staging.").waitFor();
  await nameField(page).fill("x".repeat(95));
  await form.getByText("Staging in the name would also say where the key is used.").waitFor();
  await nameField(page).fill("booking-stg");
  await form.getByText("CRM_Production, Mobile_App_Staging").waitFor();
});

it("reads out what changes in what the key can do, and not its name with each letter", async () => {
  const page = await open("form");
  const form = await openForm(page);
  const status = form.getByRole("status");
  await status.evaluate((element) => {
    const count = { read: 0 };
    Object.assign(window, { count });
    const changes = { subtree: true, childList: true, characterData: true };
    new MutationObserver(() => count.read++).observe(element, changes);
  });
  const read = () => page.evaluate(() => (window as unknown as { count: { read: number } }).count.read);
  await nameField(page).pressSequentially("CRM");
  await form.locator(".summary").getByText("CRM").waitFor();
  expect(await read()).toBe(0);
  await levels(page, "Calls").getByLabel("Read").check();
  await expect.poll(() => status.textContent()).toBe("can read Calls, and nothing else.");
  expect(await read()).toBe(1);
});
