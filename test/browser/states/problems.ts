/** Each kind of problem, where people meet it. */
import type { ProblemKind } from "../../../src/console/app/api/problem.ts";
import { refuse } from "../support/answers.ts";
import { button, fillForm, openForm } from "../support/steps.ts";
import { enter } from "../support/visit.ts";
import { askToDelete } from "./deleting.ts";
import { headed, type States, saying } from "./state.ts";
import { STOCKED } from "./stock.ts";

export const PROBLEMS: States<`a problem: ${ProblemKind}`> = {
  "a problem: signed-out": async (here) => {
    const asking = await askToDelete(here);
    await here.context.clearCookies();
    await button(asking, "Delete").click();
    await button(asking, "Sign in again").waitFor();
  },
  "a problem: not-administrator": async (here) => {
    const credential = await here.provider.person("eve", ["hers"]);
    await enter(here, STOCKED, { credential });
    await headed(here.page, "You are not an administrator of this project");
  },
  "a problem: page-token": async (here) => {
    await enter(here, STOCKED, { query: "?page=nonsense&n=3" });
    await headed(here.page, "This page of the list cannot be opened");
  },
  "a problem: fields": async (here) => {
    await enter(here, STOCKED, { query: `?q=${"x".repeat(101)}` });
    await headed(here.page, "Some entries need another look");
  },
  "a problem: not-found": async (here) => {
    const asking = await askToDelete(here);
    await refuse(here.page, "DeleteApiKey", "KEY_NOT_FOUND");
    await button(asking, "Delete").click();
    await saying(here.page, "It had been deleted before");
  },
  "a problem: request-id": async (here) => {
    await enter(here, STOCKED);
    const form = await openForm(here.page);
    await fillForm(here.page, "CRM_Production");
    await refuse(here.page, "CreateApiKey", "REQUEST_ID_REUSED");
    await button(form, "Save").click();
    await saying(here.page, "An earlier attempt has already created a key");
  },
  "a problem: outdated": async (here) => {
    await refuse(here.page, "ListApiKeys", "METHOD_UNKNOWN");
    await enter(here, STOCKED);
    await headed(here.page, "This page does not fit the service");
  },
  "a problem: refused": async (here) => {
    await refuse(here.page, "ListApiKeys", "OVERLOADED");
    await enter(here, STOCKED);
    await headed(here.page, "The service is busy");
  },
  "a problem: uncertain": async (here) => {
    await refuse(here.page, "ListApiKeys", "DATABASE_UNAVAILABLE");
    await enter(here, STOCKED);
    await headed(here.page, "The service cannot reach its database");
  },
};
