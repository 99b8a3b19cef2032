/** Makes the pictures of the console in `docs/console/`: the real service with keys of a made-up project, in a real browser. */
import { randomBytes } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { startApp } from "../src/app.ts";
import { type AppConfig, loadConfig } from "../src/config.ts";
import { READ, restrictedTo, UNRESTRICTED, WRITE } from "../src/domain/access.ts";
import { createLog } from "../src/log.ts";
import { findMongod } from "../src/mongod/binary.ts";
import { defaultCacheDir } from "../src/mongod/cache-dir.ts";
import { startReplicaSet } from "../src/mongod/replica-set.ts";
import { launchBrowser } from "../test/browser/support/browser.ts";
import { type StoredKey, storeKeys } from "../test/browser/support/stored-keys.ts";
import { Environment, Resource } from "../test/support/keys.ts";

const OUT = join(import.meta.dirname, "../docs/console");
const PROJECT = "acme-voice";
const DAY_MS = 86_400_000;
const { DEVELOPMENT, STAGING, PRODUCTION } = Environment;

const can = (level: number, ...resources: Resource[]) => resources.map((resource) => ({ resource, level }));
const inDays = (days: number) => new Date(Date.now() + days * DAY_MS);

/** The oldest first. */
const KEYS: readonly StoredKey[] = [
  { displayName: "Legacy_Importer", ageDays: 412, access: UNRESTRICTED, creator: "user:grace@acme.example" },
  {
    displayName: "CRM_Production",
    ageDays: 121,
    access: restrictedTo([...can(READ, Resource.CALLS, Resource.MESSAGES), ...can(WRITE, Resource.CONTACTS)]),
  },
  {
    displayName: "Billing_Export_Production",
    ageDays: 64,
    access: restrictedTo(can(READ, Resource.BILLING, Resource.STATISTICS)),
    expireTime: inDays(26),
  },
  {
    displayName: "Load_Test_Staging",
    ageDays: 33,
    environment: STAGING,
    access: restrictedTo(can(WRITE, Resource.CALLS, Resource.AGENTS, Resource.PHONES)),
    expireTime: inDays(-3),
  },
  {
    displayName: "Booking_App_Production",
    ageDays: 21,
    access: restrictedTo([
      ...can(READ, Resource.CALLS, Resource.TRANSCRIPTIONS),
      ...can(WRITE, Resource.CONTACTS, Resource.WEBHOOKS),
    ]),
    expireTime: inDays(69),
  },
  {
    displayName: "Mobile_App_Staging",
    ageDays: 9,
    environment: STAGING,
    access: restrictedTo(can(READ, Resource.CALLS, Resource.MESSAGES, Resource.RECORDINGS)),
  },
  {
    displayName: "Agent_Tuning_Development",
    ageDays: 2,
    environment: DEVELOPMENT,
    access: restrictedTo(can(WRITE, Resource.AGENTS, Resource.KNOWLEDGE_BASES, Resource.VOICES)),
    expireTime: inDays(28),
  },
  {
    displayName: "Dashboard_Production",
    ageDays: 0.25,
    access: restrictedTo(can(READ, Resource.STATISTICS)),
    environment: PRODUCTION,
  },
];

interface Look {
  readonly name: string;
  readonly colorScheme: "light" | "dark";
  readonly width: number;
  readonly height: number;
  readonly pictures: readonly string[];
}

const ALL = ["sign-in", "keys", "create", "secret", "details", "delete", "deleted"];
const SOME = ["keys", "create", "secret"];

/** Below this width, in pixels, the form's groups of permissions stand below what is asked for first. */
const NARROW = 640;

const LOOKS: readonly Look[] = [
  { name: "light", colorScheme: "light", width: 1280, height: 800, pictures: ALL },
  { name: "dark", colorScheme: "dark", width: 1280, height: 800, pictures: SOME },
  { name: "narrow", colorScheme: "light", width: 360, height: 740, pictures: SOME },
  { name: "narrow-dark", colorScheme: "dark", width: 360, height: 740, pictures: SOME },
  { name: "wide", colorScheme: "light", width: 2560, height: 1300, pictures: ["keys"] },
];

const button = (page: Page, name: string) => page.getByRole("button", { name, exact: true });

async function fillForm(page: Page): Promise<void> {
  await button(page, "Create API Key").click();
  await page.getByRole("textbox", { name: "Name", exact: true }).fill("Reporting_Production");
  await page.getByRole("radio", { name: "Production" }).check();
  await page.getByLabel("Expiry").selectOption("90");
  await page.getByRole("radiogroup", { name: "All of Communication" }).getByLabel("Read").check();
  await page.getByRole("radiogroup", { name: "Transcriptions", exact: true }).getByLabel("No access").check();
}

async function takeAll(browser: Browser, url: string, token: string, look: Look): Promise<void> {
  const { colorScheme, width, height, pictures } = look;
  const context = await browser.newContext({ baseURL: url, colorScheme, viewport: { width, height } });
  const page = await context.newPage();
  const take = async (name: string) => {
    if (!pictures.includes(name)) return;
    // Nothing is to look as if it were pointed at.
    await page.mouse.move(0, 0);
    await page.screenshot({ path: join(OUT, `${name}-${look.name}.png`), animations: "disabled" });
  };
  await page.goto("/");
  await page.getByLabel("Project").fill(PROJECT);
  await page.getByLabel("Token").fill(token);
  await take("sign-in");
  await button(page, "Sign in").click();
  await page.getByText("Dashboard_Production").waitFor();
  await take("keys");
  await fillForm(page);
  if (width < NARROW) await page.getByRole("switch").evaluate((element) => element.scrollIntoView());
  await take("create");
  await button(page, "Save").click();
  await page.getByText("The key will not be shown again").waitFor();
  // A picture of a key looks like a leak, also of one that is nobody's.
  await page.locator("code.secret").evaluate((element) => {
    element.textContent = `${element.textContent?.slice(0, 24)}${"•".repeat(49)}`;
  });
  await take("secret");
  await button(page, "Copy key").click();
  await button(page, "Done").click();
  await page.getByRole("button", { name: "Actions for Reporting_Production" }).first().click();
  await page.getByRole("menuitem", { name: "View details" }).click();
  await take("details");
  await button(page, "Close").click();
  await page.getByRole("button", { name: "Actions for Reporting_Production" }).first().click();
  await page.getByRole("menuitem", { name: "Delete" }).click();
  await take("delete");
  await button(page, "Delete").click();
  await page.getByText("Gone on all replicas").waitFor();
  await page.getByRole("rowheader", { name: "Reporting_Production" }).waitFor({ state: "detached" });
  await take("deleted");
  await context.close();
}

async function main(): Promise<void> {
  await using cleanup = new AsyncDisposableStack();
  const directory = mkdtempSync(join(tmpdir(), "keyfast-screenshots-"));
  cleanup.defer(() => rmSync(directory, { recursive: true, force: true }));
  const mongod = await findMongod({
    explicit: process.env.KEYFAST_MONGOD,
    cacheDir: defaultCacheDir(),
    progress: console.log,
  });
  const set = await startReplicaSet({ mongod, directory, members: 1 });
  cleanup.defer(() => set.stop());
  const token = randomBytes(32).toString("hex");
  const config = loadConfig({
    KEYFAST_HTTP_PORT: "0",
    KEYFAST_GRPC_PORT: "0",
    KEYFAST_MONGODB_URI: set.uri,
    KEYFAST_PEPPER: `pictures:${randomBytes(32).toString("base64")}`,
    KEYFAST_OPERATOR_TOKENS: token,
  }) as AppConfig;
  const app = await startApp(config, createLog("warn"));
  cleanup.defer(() => app.stop());
  await storeKeys({ config }, PROJECT, KEYS);
  const browser = await launchBrowser();
  cleanup.defer(() => browser.close());
  mkdirSync(OUT, { recursive: true });
  for (const look of LOOKS) await takeAll(browser, app.httpUrl, token, look);
}

await main();
