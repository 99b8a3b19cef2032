/** Before there is a list: signing in, choosing a project, and the console as a whole when something is amiss. */
import type { SignInOutcome } from "../../../src/console/sign-in-outcome.ts";
import type { Person } from "../../support/provider.ts";
import { OPERATOR_TOKEN } from "../../support/service.ts";
import { cutOff, leaveUnanswered } from "../support/answers.ts";
import { breakPage, button, dialog, row, searchField } from "../support/steps.ts";
import { enter, pathTo } from "../support/visit.ts";
import { endSession, type Here, headed, type States, saying } from "./state.ts";
import { STOCKED } from "./stock.ts";

async function fillIn({ page }: Here): Promise<void> {
  await page.goto("/");
  await page.getByLabel("Project").fill(STOCKED);
  await page.getByLabel("Token").fill(OPERATOR_TOKEN);
}

async function comeBack({ page }: Here, outcome: SignInOutcome): Promise<void> {
  await page.goto(`/?sign-in=${outcome}`);
  await page.getByRole("alert").waitFor();
}

async function byProvider({ page, provider }: Here, projects: Person["projects"]): Promise<void> {
  provider.setPerson({ sub: "eve", email: "eve@example.com", projects });
  await page.goto("/");
  await page.getByRole("link", { name: "Continue with single sign-on" }).click();
}

async function switchProject(here: Here): Promise<void> {
  await enter(here, STOCKED);
  await button(here.page, `Project ${STOCKED}. Switch project`).click();
  await dialog(here.page, "Switch project").waitFor();
}

const OUTCOMES: States<`signing in, ${SignInOutcome} by the provider`> = {
  "signing in, denied by the provider": (here) => comeBack(here, "denied"),
  "signing in, failed by the provider": (here) => comeBack(here, "failed"),
  "signing in, stale by the provider": (here) => comeBack(here, "stale"),
};

export const ARRIVING: States = {
  ...OUTCOMES,
  "signing in": async ({ page }) => {
    await page.goto("/");
    await headed(page, "Sign in to Keyfast");
  },
  "signing in, without a project": async ({ page }) => {
    await page.goto("/");
    await button(page, "Sign in").click();
    await saying(page, "A project id is 1 to 64 letters");
  },
  "signing in, with a token that is not taken": async (here) => {
    await fillIn(here);
    await here.page.getByLabel("Token").fill("x".repeat(40));
    await button(here.page, "Sign in").click();
    await saying(here.page, "This token is not valid");
  },
  "signing in, under way": async (here) => {
    await fillIn(here);
    await leaveUnanswered(here.page, "session");
    await button(here.page, "Sign in").click();
    await button(here.page, "Signing in…").waitFor();
  },
  "signing in, without a connection": async (here) => {
    await fillIn(here);
    await cutOff(here.page, "session");
    await button(here.page, "Sign in").click();
    await saying(here.page, "There is no connection to the service");
  },
  "signing in, after the session has ended": async (here) => {
    await enter(here, STOCKED);
    await row(here.page, "Plain").waitFor();
    await endSession(here);
    await here.page.reload();
    await saying(here.page, "Your session has ended");
  },
  "choosing a project": async (here) => {
    await byProvider(here, ["a-side", "b-side"]);
    await headed(here.page, "Choose a project");
  },
  "an administrator of nothing": async (here) => {
    await byProvider(here, []);
    await headed(here.page, "You are not an administrator of any project");
  },
  "an administrator of nothing, at a project": async (here) => {
    await enter(here, STOCKED, { credential: await here.provider.person("eve", []) });
    await headed(here.page, "You are not an administrator of this project");
  },
  "switching the project": switchProject,
  "switching the project, to what is none": async (here) => {
    await switchProject(here);
    await here.page.getByRole("textbox", { name: "Project" }).fill("no project!");
    await button(here.page, "Open project").click();
    await saying(here.page, "A project id is 1 to 64 letters");
  },
  "switching the project, to one of one's own": async (here) => {
    await enter(here, "a-side", { credential: await here.provider.person("ada", ["a-side", "b-side"]) });
    await button(here.page, "Project a-side. Switch project").click();
    await dialog(here.page, "Switch project").waitFor();
  },
  "the session being read": async (here) => {
    await leaveUnanswered(here.page, "session");
    await here.page.goto(pathTo(STOCKED));
    await headed(here.page, "Loading");
  },
  "the console out of reach": async (here) => {
    await cutOff(here.page, "session");
    await here.page.goto(pathTo(STOCKED));
    await headed(here.page, "The console cannot be shown");
  },
  "the page itself broken": async (here) => {
    await enter(here, STOCKED);
    await row(here.page, "Plain").waitFor();
    await breakPage(here.page);
    await searchField(here.page).fill("plain");
    await headed(here.page, "This page has failed");
  },
  "signing out failed": async (here) => {
    await enter(here, STOCKED);
    await row(here.page, "Plain").waitFor();
    await cutOff(here.page, "session");
    await button(here.page, "Sign out").click();
    await saying(here.page, "You may still be signed in");
  },
};
