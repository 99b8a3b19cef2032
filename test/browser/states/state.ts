/** A state of the page, and how one gets there. */
import type { Page } from "playwright-core";
import type { Provider } from "../../support/provider.ts";
import type { TestService } from "../../support/service.ts";
import type { Visit } from "../support/visit.ts";

/** A browser that has seen nothing yet, and what it is to see. */
export interface Here extends Visit {
  readonly service: TestService;
  readonly provider: Provider;
}

/** Resolves when the page is in the state. */
export type Reach = (here: Here) => Promise<unknown>;

export type States<Name extends string = string> = Readonly<Record<Name, Reach>>;

export const headed = (page: Page, name: string) => page.getByRole("heading", { name }).waitFor();
export const saying = (page: Page, text: string | RegExp) => page.getByText(text).first().waitFor();

/** The seal of the session's cookie is broken. */
export async function endSession({ context }: Visit): Promise<void> {
  const cookies = await context.cookies();
  await context.addCookies(cookies.map((cookie) => ({ ...cookie, value: "over" })));
}
