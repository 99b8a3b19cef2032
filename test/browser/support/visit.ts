/** Somebody at a page of the console, and what their browser has to complain about. */
import type { Browser, BrowserContext, BrowserContextOptions, Page } from "playwright-core";
import { afterAll, beforeAll, expect, onTestFinished } from "vitest";
import { type Provider, startProvider } from "../../support/provider.ts";
import { OPERATOR_TOKEN, startService, type TestService } from "../../support/service.ts";
import { launchBrowser } from "./browser.ts";

/** The browser of a test file, started before its tests and closed after them. */
export function useBrowser(): () => Browser {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launchBrowser();
  });
  afterAll(() => browser.close());
  return () => browser;
}

/** The sign-in provider of a test file. A service that uses its settings is started after it. */
export function useProvider(): () => Provider {
  let provider: Provider;
  beforeAll(async () => {
    provider = await startProvider();
  });
  afterAll(() => provider.stop());
  return () => provider;
}

/** The service of a test file. */
export function useService(settings: () => Record<string, string> = () => ({})): () => TestService {
  let service: TestService;
  beforeAll(async () => {
    service = await startService(settings());
  });
  afterAll(() => service.stop());
  return () => service;
}

export interface Visit {
  readonly page: Page;
  readonly context: BrowserContext;
  /** Every address that was asked for. */
  readonly requested: string[];
  /** What the browser wrote to its console. */
  readonly written: string[];
}

/** Fetches that a test makes fail are written about, and are no complaint. */
const EXPECTED = /^Failed to load resource: /;

/**
 * A new browser profile at the service. When the test ends: no script failed, the policy was not violated, and nothing
 * but the service (and `others`) was asked for anything.
 */
export async function visit(
  browser: Browser,
  httpUrl: string,
  { others = [], ...options }: BrowserContextOptions & { others?: readonly string[] } = {},
): Promise<Visit> {
  const context = await browser.newContext({ baseURL: httpUrl, ...options });
  const page = await context.newPage();
  page.setDefaultTimeout(20_000);
  const requested: string[] = [];
  const written: string[] = [];
  const complaints: string[] = [];
  context.on("request", (request) => requested.push(request.url()));
  page.on("pageerror", (error) => complaints.push(String(error)));
  page.on("console", (message) => {
    written.push(message.text());
    if (message.type() === "error" && !EXPECTED.test(message.text())) complaints.push(message.text());
  });
  onTestFinished(async () => {
    await context.close();
    const known = [httpUrl, ...others].map((url) => new URL(url).origin);
    expect(complaints, "errors in the browser").toEqual([]);
    expect(
      requested.filter((url) => !known.includes(new URL(url).origin)),
      "requests to others",
    ).toEqual([]);
  });
  return { page, context, requested, written };
}

export const pathTo = (projectId: string, query = "") => `/projects/${projectId}/api-keys${query}`;

/** Signs in as the page does, and opens the project. */
export async function enter(
  { page, context }: Pick<Visit, "page" | "context">,
  projectId: string,
  { credential = OPERATOR_TOKEN, query = "" } = {},
): Promise<void> {
  const answer = await context.request.post("/console/session", {
    headers: { "x-keyfast-console": "1" },
    data: { projectId, credential },
  });
  expect(answer.status(), await answer.text()).toBe(200);
  await page.goto(pathTo(projectId, query));
}

/** Somebody at the keys of a project, as the operator. */
export async function visitProject(
  browser: Browser,
  { httpUrl }: TestService,
  projectId: string,
  options?: BrowserContextOptions,
) {
  const here = await visit(browser, httpUrl, options);
  await enter(here, projectId);
  return here;
}

/** The page of a project, in a new browser profile. */
export async function openProject(...who: Parameters<typeof visitProject>): Promise<Page> {
  return (await visitProject(...who)).page;
}

/** Calls of the list are held until they are let go. */
export async function holdLists(page: Page): Promise<() => void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  await page.route("**/ListApiKeys*", async (route) => {
    await promise;
    // The page may have given the call up meanwhile.
    await route.continue().catch(() => {});
  });
  return resolve;
}
