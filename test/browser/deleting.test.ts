/** Deleting a key: what the page says of what the service answers. */
import { expect, it } from "vitest";
import { OPERATOR_TOKEN } from "../support/service.ts";
import { changeNextAnswer, refuse } from "./support/answers.ts";
import { button, chooseAction, dialog, row } from "./support/steps.ts";
import { storeKeys } from "./support/stored-keys.ts";
import { enter, useBrowser, useService, visit } from "./support/visit.ts";

const browser = useBrowser();
const service = useService();

/** The dialog that asks, in a project with two keys. */
async function ask(projectId: string) {
  const names = [{ displayName: "Stays" }, { displayName: "Goes" }];
  const [, keyId = ""] = await storeKeys(service(), projectId, names);
  const here = await visit(browser(), service().httpUrl);
  await enter(here, projectId);
  await chooseAction(here.page, "Goes", "Delete");
  const asking = dialog(here.page, "Delete Goes?");
  await asking.waitFor();
  return { ...here, asking, keyId };
}

it("says which replicas confirmed, and which had to be waited out", async () => {
  const { page, asking } = await ask("waited");
  const receipt = { revokeTime: "2024-05-06T07:08:09Z", replicasAcknowledged: 2, replicasFenced: 1 };
  await changeNextAnswer(page, "DeleteApiKey", (answer) => ({ ...answer, receipt }));
  await button(asking, "Delete").click();
  const gone = dialog(page, "Goes is deleted");
  await gone.waitFor();
  expect(await gone.innerText()).toMatch(
    /Gone on all replicas\s+Deleted at .*\. No replica accepts the key any more\. Confirmed by 2 replicas\. Waited out: 1 replica that did not answer/,
  );
});

it("shows the receipt also where one was signed out meanwhile, and then leads to the sign-in page", async () => {
  const { page, context, asking } = await ask("meanwhile");
  await changeNextAnswer(page, "DeleteApiKey", async (answer) => {
    await context.request.delete("/console/session", { headers: { "x-keyfast-console": "1" } });
    return answer;
  });
  await button(asking, "Delete").click();
  const gone = dialog(page, "Goes is deleted");
  await gone.getByText("Confirmed by 1 replica.").waitFor();
  await button(gone, "Close").click();
  await page.getByRole("heading", { name: "Sign in to Keyfast" }).waitFor();
});

it.each([
  ["OVERLOADED", "The service is busy", /Try again in a moment/],
  ["INTERNAL", "Something went wrong in the service", /It is not known whether the key is deleted/],
  ["CANCELED", "The call was broken off", /It is not known whether the key is deleted/],
] as const)("that is answered by %s says so, and can be tried again", async (reason, title, advice) => {
  const { page, asking } = await ask(`refused-${reason.toLowerCase()}`);
  await refuse(page, "DeleteApiKey", reason);
  await button(asking, "Delete").click();
  await asking.getByText(title).waitFor();
  expect(await asking.getByRole("alert").innerText()).toMatch(advice);
  await page.unroute("**/DeleteApiKey");
  await button(asking, "Try again").click();
  await dialog(page, "Goes is deleted").waitFor();
  await button(page, "Close").click();
  await row(page, "Stays").waitFor();
  expect(await row(page, "Goes").count()).toBe(0);
});

it("is not confirmed by the second click of a double click in the row's menu, whose place the button may have", async () => {
  const { page, asking, requested } = await ask("double");
  const place = await button(asking, "Delete").boundingBox();
  await page.mouse.move((place?.x ?? 0) + 5, (place?.y ?? 0) + 5);
  await page.mouse.down({ clickCount: 2 });
  await page.mouse.up({ clickCount: 2 });
  expect(await button(asking, "Delete").count()).toBe(1);
  expect(requested.filter((url) => url.endsWith("/DeleteApiKey"))).toEqual([]);
  await button(asking, "Delete").click();
  await dialog(page, "Goes is deleted").waitFor();
});

it("cannot be left, nor started twice, as long as it is under way", async () => {
  const { page, asking, requested } = await ask("under-way");
  const { promise, resolve } = Promise.withResolvers<void>();
  await changeNextAnswer(page, "DeleteApiKey", async (answer) => {
    await promise;
    return answer;
  });
  await button(asking, "Delete").dblclick();
  await button(asking, "Deleting on all replicas…").click({ force: true });
  await button(asking, "Cancel").click({ force: true });
  await page.keyboard.press("Escape");
  await page.mouse.click(5, 5);
  expect(await button(asking, "Deleting on all replicas…").count()).toBe(1);
  const asked = new Promise<string>((resolve) => {
    page.once("dialog", (question) => void question.dismiss().then(() => resolve(question.type())));
  });
  await page.evaluate(() => location.reload());
  expect(await asked).toBe("beforeunload");
  resolve();
  await dialog(page, "Goes is deleted").waitFor();
  expect(requested.filter((url) => url.endsWith("/DeleteApiKey"))).toHaveLength(1);
});

it("tells what has become of the key also where one goes back to another project meanwhile", async () => {
  await storeKeys(service(), "gone-back", [{ displayName: "Stays" }, { displayName: "Goes" }]);
  const here = await visit(browser(), service().httpUrl);
  const { page } = here;
  await enter(here, "gone-back-from");
  await button(page, /^Project gone-back-from/).click();
  await dialog(page, "Switch project").getByLabel("Project").fill("gone-back");
  await button(page, "Open project").click();
  await chooseAction(page, "Goes", "Delete");
  const { promise, resolve } = Promise.withResolvers<void>();
  await changeNextAnswer(page, "DeleteApiKey", (answer) => promise.then(() => answer));
  await button(dialog(page, "Delete Goes?"), "Delete").click();
  const goBack = () =>
    page.evaluate(async () => {
      const hasMoved = new Promise((moved) => addEventListener("popstate", moved, { once: true }));
      history.back();
      await hasMoved;
    });
  await goBack();
  resolve();
  const gone = dialog(page, "Goes is deleted");
  await gone.getByText("Confirmed by 1 replica.").waitFor();
  await goBack();
  await button(gone, "Close").click();
  await row(page, "Stays").waitFor();
  expect(new URL(page.url()).pathname).toBe("/projects/gone-back/api-keys");
});

it("after the session has ended leads to the sign-in page, and back to the key", async () => {
  const { page, context, asking } = await ask("late");
  await context.clearCookies();
  await button(asking, "Delete").click();
  await asking.getByRole("alert").getByText("Your session has ended").waitFor();
  await button(asking, "Sign in again").click();
  await page.getByRole("heading", { name: "Sign in to Keyfast" }).waitFor();
  await page.getByLabel("Token").fill(OPERATOR_TOKEN);
  await button(page, "Sign in").click();
  await row(page, "Goes").waitFor();
});

it("of what somebody else has deleted says that it is gone", async () => {
  const { page, asking, keyId } = await ask("gone");
  await service().grpc(OPERATOR_TOKEN).deleteApiKey({ projectId: "gone", keyId });
  await button(asking, "Delete").click();
  await page.getByText("It had been deleted before. No replica accepts it.").waitFor();
  await button(page, "Close").click();
  await row(page, "Goes").waitFor({ state: "detached" });
});
