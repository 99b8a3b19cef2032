/** A key whose answer was lost on the way: what is said of it, and that there is never a second one. */
import { expect, it } from "vitest";
import { loseNextAnswer, refuse } from "./support/answers.ts";
import { button, dialog, fillForm, levels, names, openForm, row, shownKey } from "./support/steps.ts";
import { enter, useBrowser, useService, visit } from "./support/visit.ts";

const NAME = "Lost_On_The_Way";
const UNKNOWN =
  /It is not known whether the key was created\. Saving again is safe: it never makes a second key\./;
const browser = useBrowser();
const service = useService();

/** The form, after the service has created the key and the page has not heard of it. */
async function lose(projectId: string) {
  const here = await visit(browser(), service().httpUrl);
  const { page } = here;
  await enter(here, projectId);
  const form = await openForm(page);
  await fillForm(page, NAME);
  await loseNextAnswer(page, "CreateApiKey");
  await button(form, "Save").click();
  await form.getByText("There is no connection to the service").waitFor();
  return { page, form, told: () => form.getByRole("alert").first().innerText() };
}

it("that it may be there is said, and that saving again is safe", async () => {
  const { told } = await lose("said");
  expect(await told()).toMatch(UNKNOWN);
});

it("that is said also of an attempt after it that was refused", async () => {
  const { page, form, told } = await lose("refused");
  await refuse(page, "CreateApiKey", "OVERLOADED");
  await button(form, "Try again").click();
  await form.getByText("The service is busy").waitFor();
  expect(await told()).toMatch(UNKNOWN);
});

it("once the form is given up, the list is read again and has it", async () => {
  const { page, form } = await lose("given-up");
  expect(await row(page, NAME).count()).toBe(0);
  await button(form, "Cancel").click();
  await form.getByText("The key may have been created. Discard what you entered?").waitFor();
  await button(form, "Discard").click();
  await row(page, NAME).waitFor();
});

it("trying again makes no second key, and says what to do", async () => {
  const { page, form } = await lose("again");
  await button(form, "Try again").click();
  await dialog(page, "The key cannot be shown").waitFor();
  await button(page, "Show it in the table").click();
  await row(page, NAME).waitFor();
  await expect.poll(() => names(page)).toEqual([NAME]);
});

it("with other settings, it has to be looked for, and is in the list once the form is given up", async () => {
  const { page, form, told } = await lose("otherwise");
  await levels(page, "Messages").getByLabel("Read").check();
  await button(form, "Try again").click();
  await form.getByText("An earlier attempt has already created a key").waitFor();
  expect(await told()).not.toMatch(UNKNOWN);
  await button(form, "Cancel").click();
  await button(form, "Discard").click();
  await row(page, NAME).waitFor();
});

it("with other settings, saving once more creates another one", async () => {
  const { page, form } = await lose("twice");
  await levels(page, "Messages").getByLabel("Read").check();
  await button(form, "Try again").click();
  await form.getByText("An earlier attempt has already created a key").waitFor();
  await button(form, "Save").click();
  service().secrets.add(await shownKey(page));
});
