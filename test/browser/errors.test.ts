/** What goes wrong with keys, and what the page says to do about it. */
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { startApp } from "../../src/app.ts";
import { createLog } from "../../src/log.ts";
import { Link } from "../faults/link.ts";
import { AUDIENCE, type Issuer, startIssuer } from "../support/issuer.ts";
import { createKey } from "../support/keys.ts";
import { refusalOf } from "../support/refusal.ts";
import { OPERATOR_TOKEN } from "../support/service.ts";
import { refuse } from "./support/answers.ts";
import { button, chooseAction, dialog, row, searchField } from "./support/steps.ts";
import { storeKeys } from "./support/stored-keys.ts";
import { enter, holdLists, pathTo, useBrowser, useService, visit } from "./support/visit.ts";

let issuer: Issuer;
let link: Link;
beforeAll(async () => {
  issuer = await startIssuer();
  link = await Link.open(Number(new URL(inject("mongodbUri").replace("mongodb:", "http:")).port));
});
afterAll(async () => {
  await link.close();
  await issuer.stop();
});
const browser = useBrowser();
const service = useService(() => ({
  KEYFAST_OIDC_ISSUER: issuer.url,
  KEYFAST_OIDC_AUDIENCE: AUDIENCE,
  KEYFAST_MONGODB_URI: `mongodb://127.0.0.1:${link.port}/?directConnection=true&serverSelectionTimeoutMS=500`,
  KEYFAST_CALL_TIMEOUT_MS: "4000",
}));

const heading = (page: Page, name: string) => page.getByRole("heading", { name }).waitFor();
const open = (projectId: string, credential = OPERATOR_TOKEN) =>
  visit(browser(), service().httpUrl).then(async (here) => {
    await enter(here, projectId, { credential });
    return here;
  });

describe("the list", () => {
  it("of a project that one does not administer: that is said, and nothing is shown", async () => {
    await createKey(service().grpc(OPERATOR_TOKEN), { projectId: "theirs", displayName: "Not_Yours" });
    const { page } = await open(
      "theirs",
      await issuer.sign({ sub: "eve", email: "eve@example.com", keyfast_projects: ["hers"] }),
    );
    await heading(page, "You are not an administrator of this project");
    await page.getByText("You are signed in as eve@example.com.").waitFor();
    for (const control of [button(page, "Create API Key"), searchField(page), page.getByText("Not_Yours")]) {
      expect(await control.count()).toBe(0);
    }
  });

  it("of a project that one does not administer: one's own is a step away", async () => {
    const credential = await issuer.sign({ sub: "eve", keyfast_projects: ["hers", "yet-hers"] });
    const { page } = await open("theirs", credential);
    await button(page, "Project theirs. Switch project").click();
    const switching = dialog(page, "Switch project");
    expect(await switching.getByLabel("Project").inputValue()).toBe("hers");
    await button(switching, "Open project").click();
    await heading(page, "No API keys yet");
    expect(new URL(page.url()).pathname).toBe(pathTo("hers"));
  });

  it("of somebody who administers nothing, for whom there is nothing to switch to", async () => {
    const { page } = await open("theirs", await issuer.sign({ sub: "eve", keyfast_projects: [] }));
    await heading(page, "You are not an administrator of this project");
    await page.getByRole("banner").getByText("theirs", { exact: true }).waitFor();
    expect(await button(page, /Switch project/).count()).toBe(0);
  });

  it("while the database cannot be reached, and once it can", async () => {
    const { page } = await open("shaky");
    await heading(page, "No API keys yet");
    const heal = link.hurt({ kind: "stalled" });
    await searchField(page).fill("a");
    await page.getByRole("heading", { name: /cannot reach its database|took too long/ }).waitFor();
    heal("arrives");
    await searchField(page).fill("");
    await heading(page, "No API keys yet");
  });

  it("while the service is down, and once it is up again", async () => {
    const { config } = service();
    const log = createLog("silent");
    const first = await startApp(config, log);
    const here = await visit(browser(), first.httpUrl);
    const { page } = here;
    await enter(here, "down");
    await heading(page, "No API keys yet");
    await first.stop();
    await searchField(page).fill("x");
    await heading(page, "There is no connection to the service");
    const port = Number(new URL(first.httpUrl).port);
    const second = await startApp({ ...config, http: { ...config.http, port } }, log);
    await button(page, "Try again").click();
    await heading(page, "No key matches");
    await second.stop();
  });

  it("after the session has ended: one signs in again and is where one was", async () => {
    const { page, context } = await open("ended");
    await heading(page, "No API keys yet");
    await createKey(service().grpc(OPERATOR_TOKEN), { projectId: "ended", displayName: "Still_Here" });
    await context.clearCookies();
    await searchField(page).fill("still");
    await heading(page, "Sign in to Keyfast");
    expect(await page.getByLabel("Project").inputValue()).toBe("ended");
    await page.getByLabel("Token").fill(OPERATOR_TOKEN);
    await button(page, "Sign in").click();
    await row(page, "Still_Here").waitFor();
    expect(await searchField(page).inputValue()).toBe("still");
  });

  it("refused although the session is good: it is asked for once more", async () => {
    const { page } = await open("refused");
    await heading(page, "No API keys yet");
    await createKey(service().grpc(OPERATOR_TOKEN), { projectId: "refused", displayName: "Still_Mine" });
    for (const query of ["still", "mine"]) {
      await page.route("**/ListApiKeys", (route) => route.fulfill(refusalOf("CREDENTIAL_INVALID")), {
        times: 1,
      });
      const read = page.waitForResponse("**/console/session");
      await searchField(page).fill(query);
      await read;
      await page.getByRole("alert").waitFor({ state: "detached" });
      await row(page, "Still_Mine").waitFor();
    }
  });

  it("refused for good although the session is good: that comes to an end, and one is told what to do", async () => {
    const { page, requested } = await open("refused-for-good");
    await heading(page, "No API keys yet");
    await refuse(page, "ListApiKeys", "CREDENTIAL_INVALID");
    const before = requested.length;
    const called = (end: string) => requested.slice(before).filter((url) => url.endsWith(end)).length;
    await searchField(page).fill("x");
    await expect.poll(() => called("/console/session")).toBe(2);
    await page.getByText("If that does not help, sign out, and sign in again.").waitFor();
    await page.evaluate(() => fetch("/assets/none"));
    expect([called("/ListApiKeys"), called("/console/session")]).toEqual([2, 2]);
    await page.unroute("**/ListApiKeys");
    await button(page, "Try again").click();
    await heading(page, "No key matches");
  });

  it("at an address with a page that is not of this list", async () => {
    const { page } = await open("pages");
    await page.goto(pathTo("pages", "?page=nonsense&n=3"));
    await heading(page, "This page of the list cannot be opened");
    await button(page, "Go to the first page").click();
    await heading(page, "No API keys yet");
  });

  it("as long as it loads", async () => {
    const here = await open("slow");
    const release = await holdLists(here.page);
    await here.page.reload();
    await here.page.getByRole("status", { name: "Loading keys" }).waitFor();
    release();
    await heading(here.page, "No API keys yet");
  });
});

describe("deleting", () => {
  it("that fails is not known to be done, and can be tried until it is", async () => {
    await storeKeys(service(), "unsure", [{ displayName: "Unsure" }]);
    const { page } = await open("unsure");
    await chooseAction(page, "Unsure", "Delete");
    const heal = link.hurt({ kind: "stalled" });
    const asking = dialog(page, "Delete Unsure?");
    await button(asking, "Delete").click();
    await asking.getByRole("alert").waitFor();
    expect(await asking.getByRole("alert").innerText()).toMatch(
      /(cannot reach its database|took too long)\s+It is not known whether the key is deleted\. Try again until it is answered/,
    );
    heal("arrives");
    await button(asking, "Try again").click();
    await dialog(page, "Unsure is deleted").waitFor();
  });
});
