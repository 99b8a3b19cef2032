/** Every state of the page, in light and dark, narrow and wide: what axe finds, and whether it fits. */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { AxeResults, RunOptions } from "axe-core";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { READ, restrictedTo, UNRESTRICTED, WRITE } from "../../src/domain/access.ts";
import { Environment } from "../support/keys.ts";
import { type Provider, startProvider } from "../support/provider.ts";
import { OPERATOR_TOKEN } from "../support/service.ts";
import {
  button,
  chooseAction,
  dialog,
  fillForm,
  nameField,
  openForm,
  row,
  searchField,
  shownKey,
} from "./support/steps.ts";
import { type StoredKey, storeKeys } from "./support/stored-keys.ts";
import { pathTo, useBrowser, useService, visit } from "./support/visit.ts";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

interface Axe {
  run(options: RunOptions): Promise<AxeResults>;
}

let provider: Provider;
beforeAll(async () => {
  provider = await startProvider();
});
afterAll(() => provider.stop());
const browser = useBrowser();
const service = useService(() => provider.settings);

const ALL = Array.from({ length: 19 }, (_, index) => ({
  resource: index + 1,
  level: index % 2 ? READ : WRITE,
}));
const KEYS: readonly StoredKey[] = [
  { displayName: "Old_And_Open", ageDays: 400, access: UNRESTRICTED },
  { displayName: `Long_${"name_".repeat(19)}`, environment: Environment.STAGING, access: restrictedTo(ALL) },
  {
    displayName: "Expired",
    environment: Environment.DEVELOPMENT,
    expireTime: new Date("2020-01-01"),
    access: restrictedTo([]),
  },
  { displayName: "Plain", creator: `user:${"x".repeat(120)}` },
];

/** What is wrong at this moment, in a few words each. */
async function flawsOf(page: Page): Promise<string[]> {
  await page.evaluate(AXE);
  const { violations } = await page.evaluate(() =>
    (window as unknown as { axe: Axe }).axe.run({ resultTypes: ["violations"] }),
  );
  const found = violations.flatMap(({ id, nodes }) =>
    nodes.map(({ html, failureSummary }) => `${id}: ${html}\n${failureSummary}`),
  );
  const overflow = await page.evaluate(() => {
    const wide = [...document.querySelectorAll("html, dialog[open], .dialog-body")].filter(
      ({ scrollWidth, clientWidth }) => scrollWidth > clientWidth,
    );
    return wide.map(({ tagName, className }) => `too wide: ${tagName}.${className}`);
  });
  return [...found, ...overflow];
}

/** Walks through the states and calls `look` at each. */
async function walk(page: Page, look: (state: string) => Promise<void>): Promise<void> {
  await page.goto("/");
  await button(page, "Sign in").click();
  await page.getByText("A project id is 1 to 64 letters").waitFor();
  await look("sign-in with a mistake");
  await page.getByLabel("Project").fill("empty");
  await page.getByLabel("Token").fill(OPERATOR_TOKEN);
  await button(page, "Sign in").click();
  await page.getByRole("heading", { name: "No API keys yet" }).waitFor();
  await look("no keys");
  await button(page, /^Project empty/).click();
  await dialog(page, "Switch project").waitFor();
  await look("switching the project");
  await page.keyboard.press("Escape");
  await page.goto(pathTo("stocked"));
  await row(page, "Plain").waitFor();
  await look("the table");
  await button(page, "Actions for Plain").click();
  await page.getByRole("menuitem", { name: "Delete" }).waitFor();
  await look("a row's actions");
  await page.keyboard.press("Escape");
  await searchField(page).fill("no such");
  await page.getByRole("heading", { name: "No key matches" }).waitFor();
  await look("no match");
  await button(page, "Clear the search").click();
  await row(page, "Plain").waitFor();
  await walkDialogs(page, look);
  await walkCreation(page, look);
  await page.route("**/ListApiKeys*", (route) => route.abort());
  await searchField(page).fill("x");
  await page.getByRole("heading", { name: "There is no connection to the service" }).waitFor();
  await look("no connection");
  await page.unroute("**/ListApiKeys*");
  await page.route("**/ListApiKeys*", () => {});
  await page.reload();
  await page.getByRole("status", { name: "Loading keys" }).waitFor();
  await look("loading");
}

async function walkDialogs(page: Page, look: (state: string) => Promise<void>): Promise<void> {
  for (const name of ["Old_And_Open", "Expired", `Long_${"name_".repeat(19)}`]) {
    await chooseAction(page, name, "View details");
    await dialog(page, name).waitFor();
    await look(`details of ${name.slice(0, 12)}`);
    await button(page, "Close").click();
  }
  await chooseAction(page, "Plain", "Delete");
  await dialog(page, "Delete Plain?").waitFor();
  await look("asking before deleting");
  await page.route("**/DeleteApiKey", (route) => route.abort());
  await button(page, "Delete").click();
  await page.getByText("It is not known whether the key is deleted").waitFor();
  await look("deleting failed");
  await page.unroute("**/DeleteApiKey");
  await button(page, "Cancel").click();
}

async function walkCreation(page: Page, look: (state: string) => Promise<void>): Promise<void> {
  const form = await openForm(page);
  await look("the form");
  await button(form, "Save").click();
  await page.locator("#key-name-mistake").waitFor();
  await look("the form with mistakes");
  await page.getByRole("switch").uncheck();
  await look("an unrestricted key");
  await page.getByRole("switch").check();
  await fillForm(page, "To_Be_Deleted");
  await page.getByRole("radiogroup", { name: "All of Administration" }).getByLabel("Write").check();
  await nameField(page).press("Escape");
  await look("asking before discarding");
  await button(form, "Keep editing").click();
  await button(form, "Save").click();
  service().secrets.add(await shownKey(page));
  await look("the key");
  await page.keyboard.press("Escape");
  await look("the key, not copied");
  await button(page, "Copy key").click();
  await page.getByText("Copied to the clipboard.").waitFor();
  await look("the key, copied");
  await button(page, "Done").click();
  await row(page, "To_Be_Deleted").waitFor();
  await look("a new row");
  await chooseAction(page, "To_Be_Deleted", "Delete");
  await button(page, "Delete").click();
  await page.getByText("Gone on all replicas").waitFor();
  await look("deleted");
  await button(page, "Close").click();
}

beforeAll(() => storeKeys(service(), "stocked", KEYS).then(() => {}));

it.each([
  ["light", 1280],
  ["dark", 1280],
  ["light", 360],
  ["dark", 2560],
] as const)(
  "nothing is wrong in %s at %i pixels",
  async (colorScheme, width) => {
    const { page } = await visit(browser(), service().httpUrl, {
      colorScheme,
      viewport: { width, height: 800 },
      reducedMotion: "reduce",
    });
    const flaws: Record<string, string[]> = {};
    const seen: string[] = [];
    await walk(page, async (state) => {
      seen.push(state);
      const found = await flawsOf(page);
      if (found.length > 0) flaws[state] = found;
    });
    expect(flaws).toEqual({});
    expect(seen).toHaveLength(22);
  },
  240_000,
);

it("what is wrong is found", async () => {
  const { page } = await visit(browser(), service().httpUrl);
  await page.goto("/");
  await page.getByLabel("Project").waitFor();
  expect(await flawsOf(page)).toEqual([]);
  await page.evaluate(() => {
    const pale = document.createElement("p");
    pale.textContent = "Hardly to be seen";
    pale.style.cssText = "color: #eee; background: #fff; width: 3000px";
    document.querySelector("main")?.append(pale);
  });
  expect((await flawsOf(page)).join()).toMatch(/color-contrast:.*too wide: HTML/s);
});

it("nothing moves for those who do not want it", async () => {
  const { page } = await visit(browser(), service().httpUrl, { reducedMotion: "reduce" });
  await page.goto("/");
  await page.getByLabel("Project").fill("stocked");
  await page.getByLabel("Token").fill(OPERATOR_TOKEN);
  await button(page, "Sign in").click();
  await row(page, "Plain").waitFor();
  await openForm(page);
  const moving = await page.evaluate(
    () =>
      [...document.querySelectorAll("*")]
        .map((element) => getComputedStyle(element))
        .filter(
          ({ animationName, transitionDuration }) =>
            animationName !== "none" || /[1-9]/.test(transitionDuration),
        ).length,
  );
  expect(moving).toBe(0);
});
