/** Addresses that lead to nothing: what the page says, and the way on. */
import { expect, it } from "vitest";
import { OPERATOR_TOKEN } from "../support/service.ts";
import { button, names, row, searchField, untilFocused } from "./support/steps.ts";
import { storeKeys } from "./support/stored-keys.ts";
import { enter, holdLists, useBrowser, useService, visit } from "./support/visit.ts";

const browser = useBrowser();
const service = useService();

async function open(projectId: string, query = "") {
  const here = await visit(browser(), service().httpUrl);
  await enter(here, projectId, { query });
  return here.page;
}

it.each([
  ["of a list", "", "rest"],
  ["of a search, which may match on other pages", "?q=key", "search"],
])("a page %s whose keys have been deleted since", async (_what, query, projectId) => {
  const rest = Array.from({ length: 50 }, (_, index) => ({ displayName: `Key_${index}` }));
  const [keyId = ""] = await storeKeys(service(), projectId, [{ displayName: "Key_last" }, ...rest]);
  const page = await open(projectId, query);
  await button(page, "Next").click();
  await row(page, "Key_last").waitFor();
  await service().grpc(OPERATOR_TOKEN).deleteApiKey({ projectId, keyId });
  await page.reload();
  await page.getByRole("heading", { name: "No keys on this page" }).waitFor();
  await button(page, "Go to the first page").press("Enter");
  await untilFocused(page, page.getByRole("heading", { name: "API keys", exact: true }));
  await expect.poll(() => names(page)).toHaveLength(50);
  expect(new URL(page.url()).search).toBe(query);
});

it.each([
  ["search", `?q=${"x".repeat(101)}`, /query must be at most 100/],
  ["page", `?page=${"x".repeat(513)}`, /page_token must be at most 512/],
])("a %s that is too long for the rules", async (what, query, rule) => {
  const projectId = `long-${what}`;
  await storeKeys(service(), projectId, [{ displayName: "Here" }]);
  const page = await open(projectId, query);
  const told = page.getByRole("alert");
  await told.getByRole("heading", { name: "Some entries need another look" }).waitFor();
  expect(await told.innerText()).toMatch(rule);
  await button(page, "Show all keys").press("Enter");
  await untilFocused(page, page.getByRole("heading", { name: "API keys", exact: true }));
  await row(page, "Here").waitFor();
  expect(await searchField(page).inputValue()).toBe("");
  expect(new URL(page.url()).search).toBe("");
});

it("a search without a match, which is cleared and asked for again", async () => {
  await storeKeys(service(), "unmatched", [{ displayName: "Here" }]);
  const page = await open("unmatched", "?q=elsewhere");
  await button(page, "Clear the search").press("Enter");
  await row(page, "Here").waitFor();
  await untilFocused(page, searchField(page));
  await page.keyboard.type("her");
  await expect.poll(() => new URL(page.url()).searchParams.get("q")).toBe("her");
});

it("the outcome of a sign-in that there is not says nothing", async () => {
  const { page } = await visit(browser(), service().httpUrl);
  await page.goto("/?sign-in=constructor");
  await page.getByRole("heading", { name: "Sign in to Keyfast" }).waitFor();
  expect(await page.getByRole("alert").count()).toBe(0);
  expect(new URL(page.url()).search).toBe("");
});

it("a search without a match says nothing of what is asked next, until that is answered", async () => {
  await storeKeys(service(), "asked-next", [{ displayName: "Here" }]);
  const page = await open("asked-next", "?q=nothing");
  await page.getByRole("heading", { name: "No key matches" }).waitFor();
  const release = await holdLists(page);
  await button(page, "Clear the search").click();
  await page.getByRole("heading", { name: "No key matches" }).waitFor({ state: "detached" });
  expect(await page.getByRole("heading", { name: "No API keys yet" }).count()).toBe(0);
  release();
  await row(page, "Here").waitFor();
});
