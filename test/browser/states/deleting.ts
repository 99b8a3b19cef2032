/** Deleting a key. */
import { randomUUID } from "node:crypto";
import type { Locator } from "playwright-core";
import type { Step } from "../../../src/console/app/keys/delete-dialog.tsx";
import { changeNextAnswer, cutOff, leaveUnanswered } from "../support/answers.ts";
import { button, chooseAction, dialog } from "../support/steps.ts";
import { storeKeys } from "../support/stored-keys.ts";
import { enter } from "../support/visit.ts";
import { type Here, type States, saying } from "./state.ts";
import { LONG_NAME } from "./stock.ts";

/** About to delete a key of a project of its own. */
export async function askToDelete(here: Here): Promise<Locator> {
  const projectId = `deleting-${randomUUID()}`;
  await storeKeys(here.service, projectId, [{ displayName: LONG_NAME }]);
  await enter(here, projectId);
  await chooseAction(here.page, LONG_NAME, "Delete");
  const asking = dialog(here.page, `Delete ${LONG_NAME}?`);
  await asking.waitFor();
  return asking;
}

const STEPS: States<`a deletion: ${Step["kind"]}`> = {
  "a deletion: asking": askToDelete,
  "a deletion: deleting": async (here) => {
    await leaveUnanswered(here.page, "DeleteApiKey");
    await button(await askToDelete(here), "Delete").click();
    await button(here.page, "Deleting on all replicas…").waitFor();
  },
  "a deletion: failed": async (here) => {
    await cutOff(here.page, "DeleteApiKey");
    await button(await askToDelete(here), "Delete").click();
    await saying(here.page, "It is not known whether the key is deleted");
  },
  "a deletion: gone": async (here) => {
    await button(await askToDelete(here), "Delete").click();
    await saying(here.page, "Gone on all replicas");
  },
};

export const DELETING: States = {
  ...STEPS,
  "a deletion that replicas had to be waited out for": async (here) => {
    const receipt = { revokeTime: new Date().toISOString(), replicasAcknowledged: 2, replicasFenced: 1 };
    await changeNextAnswer(here.page, "DeleteApiKey", (answer) => ({ ...answer, receipt }));
    await button(await askToDelete(here), "Delete").click();
    await saying(here.page, "Waited out");
  },
};
