/** The list, what stands in its place, and what is known of a key. */
import { newKeyId, newKeyText } from "../../../src/domain/key-text.ts";
import { OPERATOR_TOKEN } from "../../support/service.ts";
import { changeNextAnswer, leaveUnanswered, refuse } from "../support/answers.ts";
import { button, chooseAction, dialog, row, searchField } from "../support/steps.ts";
import { storeKeys } from "../support/stored-keys.ts";
import { enter } from "../support/visit.ts";
import { type Here, headed, type Reach, type States, saying } from "./state.ts";
import { LONG_NAME, PAGED, STOCKED } from "./stock.ts";

async function showStock(here: Here): Promise<void> {
  await enter(here, STOCKED);
  await row(here.page, "Plain").waitFor();
}

const details =
  (name: string): Reach =>
  async (here) => {
    await showStock(here);
    await chooseAction(here.page, name, "View details");
    await dialog(here.page, name).waitFor();
  };

export async function openActions({ page }: Here): Promise<void> {
  await page.keyboard.press("Escape");
  await button(page, "Actions for Plain").click();
  await page.getByRole("menuitem", { name: "Delete" }).waitFor();
}

async function turnTo(here: Here, last: number): Promise<void> {
  await enter(here, PAGED);
  for (let number = 1; number < last; number++) {
    await saying(here.page, `page ${number}`);
    await button(here.page, "Next").click();
  }
  await saying(here.page, `page ${last}`);
}

export const LISTING: States = {
  "no keys": async (here) => {
    await enter(here, "empty");
    await headed(here.page, "No API keys yet");
  },
  "the table": showStock,
  "a row's actions": async (here) => {
    await showStock(here);
    await openActions(here);
  },
  "no match": async (here) => {
    await enter(here, STOCKED, { query: "?q=no+such" });
    await headed(here.page, "No key matches");
  },
  "a complete key in the search box": async (here) => {
    await showStock(here);
    await searchField(here.page).fill(newKeyText("kf", 3, newKeyId()));
    await saying(here.page, "A complete key does not belong here");
  },
  loading: async (here) => {
    await leaveUnanswered(here.page, "ListApiKeys");
    await enter(here, STOCKED);
    await here.page.getByRole("status", { name: "Loading keys" }).waitFor();
  },
  "the first of several pages": (here) => turnTo(here, 1),
  "the last of several pages": (here) => turnTo(here, 3),
  "the next page under way": async (here) => {
    await turnTo(here, 2);
    await leaveUnanswered(here.page, "ListApiKeys");
    await button(here.page, "Next").click();
    await here.page.locator("table[aria-busy=true]").waitFor();
  },
  "a search under way": async (here) => {
    await showStock(here);
    await leaveUnanswered(here.page, "ListApiKeys");
    await searchField(here.page).fill("old");
    await here.page.locator("table[aria-busy=true]").waitFor();
  },
  "more being looked for": async (here) => {
    await leaveUnanswered(here.page, "ListApiKeys");
    await changeNextAnswer(here.page, "ListApiKeys", (answer) => ({ ...answer, nextPageToken: "more" }));
    await enter(here, STOCKED);
    await saying(here.page, "Looking for more…");
  },
  "past the end": async (here) => {
    const last = { displayName: "The_Last" };
    const rest = Array.from({ length: 50 }, (_, index) => ({ displayName: `Key_${index}` }));
    const [keyId = ""] = await storeKeys(here.service, "shrunk", [last, ...rest]);
    await enter(here, "shrunk");
    await button(here.page, "Next").click();
    await row(here.page, "The_Last").waitFor();
    await here.service.grpc(OPERATOR_TOKEN).deleteApiKey({ projectId: "shrunk", keyId });
    await here.page.reload();
    await headed(here.page, "No keys on this page");
  },
  "a sign-in for which there are no keys at all": async (here) => {
    await refuse(here.page, "ListApiKeys", "METHOD_NOT_ALLOWED");
    await enter(here, STOCKED);
    await headed(here.page, "Your sign-in may not manage API keys");
  },
  "details of an unrestricted key": details("Old_And_Open"),
  "details of a key without access": details("Expired"),
  "details of a key with a long name": details(LONG_NAME),
};
