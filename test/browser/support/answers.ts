/** What becomes of the page's calls on their way: refused, cut off, lost, left without an answer, answered otherwise. */
import type { Page } from "playwright-core";
import type { FieldViolation, Reason } from "../../../src/domain/errors.ts";
import { refusalOf } from "../../support/refusal.ts";

/** The last part of the address that is called. */
type Call = "ListApiKeys" | "CreateApiKey" | "DeleteApiKey" | "session";

const addressOf = (call: Call) => `**/${call}`;

/** As the service would: with its own error. */
export const refuse = (page: Page, call: Call, reason: Reason, violations?: readonly FieldViolation[]) =>
  page.route(addressOf(call), (route) => route.fulfill(refusalOf(reason, violations)));

/** As if there were no network. */
export const cutOff = (page: Page, call: Call) => page.route(addressOf(call), (route) => route.abort());

export const leaveUnanswered = (page: Page, call: Call) => page.route(addressOf(call), () => {});

/** The service gets the next one and answers it, but the page never hears of it. */
export const loseNextAnswer = (page: Page, call: Call) =>
  page.route(
    addressOf(call),
    async (route) => {
      await route.fetch();
      await route.abort();
    },
    { times: 1 },
  );

type Fields = Record<string, unknown>;

/** The next one is answered by the service, and what it says is changed. */
export const changeNextAnswer = (
  page: Page,
  call: Call,
  change: (answer: Fields) => Fields | Promise<Fields>,
) =>
  page.route(
    addressOf(call),
    async (route) => {
      const response = await route.fetch();
      await route.fulfill({ response, json: await change((await response.json()) as Fields) });
    },
    { times: 1 },
  );
