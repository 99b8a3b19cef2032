/** The form, and the new key. */
import type { Locator } from "playwright-core";
import type { Copying } from "../../../src/console/app/create/secret-dialog.tsx";
import { cutOff, leaveUnanswered, loseNextAnswer, refuse } from "../support/answers.ts";
import {
  button,
  chooseAction,
  dialog,
  fillForm,
  forbidCopying,
  nameField,
  openForm,
  row,
  shownKey,
} from "../support/steps.ts";
import { enter } from "../support/visit.ts";
import { type Here, type States, saying } from "./state.ts";
import { LONG_NAME, STOCKED } from "./stock.ts";

const PROJECT = "created";

async function emptyForm(here: Here): Promise<Locator> {
  await enter(here, PROJECT);
  return openForm(here.page);
}

async function fullForm(here: Here): Promise<Locator> {
  const form = await emptyForm(here);
  await fillForm(here.page, LONG_NAME);
  return form;
}

async function save(here: Here): Promise<Locator> {
  const form = await fullForm(here);
  await button(form, "Save").click();
  return form;
}

async function showKey(here: Here): Promise<void> {
  await save(here);
  here.service.secrets.add(await shownKey(here.page));
}

async function copyKey(here: Here): Promise<void> {
  await showKey(here);
  await button(here.page, "Copy key").click();
  await saying(here.page, "Copied to the clipboard.");
}

const KEY: States<`the key, copying it: ${Copying}`> = {
  "the key, copying it: not yet": showKey,
  "the key, copying it: copied": copyKey,
  "the key, copying it: refused": async (here) => {
    await showKey(here);
    await forbidCopying(here.page);
    await button(here.page, "Copy key").click();
    await saying(here.page, "The key is selected");
  },
};

/** One for each field of the form, and one for none of them. */
const FIELDS = ["display_name", "environment", "expire_time", "restricted.permissions", "request_id"];

export const CREATING: States = {
  ...KEY,
  "the form": emptyForm,
  "the form, with mistakes": async (here) => {
    await button(await emptyForm(here), "Save").click();
    await here.page.locator("#key-name-mistake").waitFor();
  },
  "the form, with mistakes that the service found": async (here) => {
    const violations = FIELDS.map((field) => ({ field, description: "must be otherwise" }));
    await refuse(here.page, "CreateApiKey", "FIELD_INVALID", violations);
    await save(here);
    await saying(here.page, "Some entries need another look");
  },
  "the form, with an expiry of one's own": async (here) => {
    const form = await fullForm(here);
    await form.getByLabel("Expiry").selectOption("custom");
    await form.getByLabel("Expires at").waitFor();
  },
  "the form, with no expiry chosen": async (here) => {
    const form = await fullForm(here);
    await form.getByLabel("Expiry").selectOption("custom");
    await button(form, "Save").click();
    await saying(here.page, "Choose when the key expires.");
  },
  "the form, of an unrestricted key": async (here) => {
    await fullForm(here);
    await here.page.getByRole("switch").uncheck();
    await saying(here.page, "An unrestricted key is a security risk");
  },
  "the form, of a copy": async (here) => {
    await enter(here, STOCKED);
    await chooseAction(here.page, LONG_NAME, "Create a copy");
    await dialog(here.page, "Create a copy").waitFor();
  },
  "the form, after somebody else has signed in": async (here) => {
    await fullForm(here);
    const other = await here.context.newPage();
    const credential = await here.provider.person("eve", [PROJECT]);
    await enter({ ...here, page: other }, PROJECT, { credential });
    await saying(here.page, "Somebody else has signed in");
    await other.close();
  },
  "asking before what was entered is discarded": async (here) => {
    await fullForm(here);
    await nameField(here.page).press("Escape");
    await saying(here.page, "Discard what you entered?");
  },
  saving: async (here) => {
    await leaveUnanswered(here.page, "CreateApiKey");
    await button(await save(here), "Saving…").waitFor();
  },
  "saving failed": async (here) => {
    await cutOff(here.page, "CreateApiKey");
    await button(await save(here), "Try again").waitFor();
  },
  "asking before what may have been created is left": async (here) => {
    await cutOff(here.page, "CreateApiKey");
    const form = await save(here);
    await button(form, "Try again").waitFor();
    await button(form, "Cancel").click();
    await saying(here.page, "The key may have been created");
  },
  "saving, after the session has ended": async (here) => {
    const form = await fullForm(here);
    await here.context.clearCookies();
    await button(form, "Save").click();
    await saying(here.page, "Sign in again in another tab");
  },
  "the key, asking to copy it first": async (here) => {
    await showKey(here);
    await here.page.keyboard.press("Escape");
    await saying(here.page, "You have not copied the key");
  },
  "the key, asking whether it is stored": async (here) => {
    await copyKey(here);
    await here.page.keyboard.press("Escape");
    await saying(here.page, "Have you stored the key?");
  },
  "a key that cannot be shown": async (here) => {
    await loseNextAnswer(here.page, "CreateApiKey");
    await button(await save(here), "Try again").click();
    await dialog(here.page, "The key cannot be shown").waitFor();
  },
  "a new row": async (here) => {
    await copyKey(here);
    await button(here.page, "Done").click();
    await row(here.page, LONG_NAME).first().waitFor();
  },
};
