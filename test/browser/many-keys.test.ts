/** A project with 100,000 keys. */
import { beforeAll, expect, it } from "vitest";
import { storeKeys } from "../../bench/data/keys.ts";
import { LONG_ENDING } from "../../bench/data/names.ts";
import { openStore } from "../../src/store/store.ts";
import { button, names, row, searchField } from "./support/steps.ts";
import { storeKeys as storeSome } from "./support/stored-keys.ts";
import { enter, pathTo, useBrowser, useService, visit } from "./support/visit.ts";

const COUNT = 100_000;
const PAGE_SIZE = 50;
const PROJECT = "many";
const browser = useBrowser();
const service = useService();

beforeAll(async () => {
  const { config } = service();
  const store = await openStore(config.mongodbUri, config.database, [config.pepper]);
  await storeKeys(store, { count: COUNT, project: () => PROJECT, pepper: config.pepper });
  await store.close();
  await storeSome(service(), PROJECT, [
    { displayName: "Oldest of all", ageDays: 900 },
    { displayName: "Oldest but one", ageDays: 899 },
  ]);
}, 600_000);

async function open(query = "") {
  const here = await visit(browser(), service().httpUrl);
  await enter(here, PROJECT, { query });
  await here.page.getByRole("rowheader").first().waitFor();
  return here.page;
}

it("is paged through, forth and back, and each page has an address of its own", async () => {
  const page = await open();
  const first = await names(page);
  expect(first).toHaveLength(PAGE_SIZE);
  await page.getByText("10,000 or more keys, newest first · page 1").waitFor();
  const ids = new Set<string>();
  for (let number = 1; number <= 4; number++) {
    await page.getByText(`page ${number}`).waitFor();
    await page.locator("table[aria-busy=false]").waitFor();
    for (const id of await page.locator("td[data-label='Key ID'] code").allInnerTexts()) ids.add(id);
    if (number < 4) await button(page, "Next").click();
  }
  expect(ids.size).toBe(4 * PAGE_SIZE);
  const fourth = await names(page);
  const address = page.url();
  expect(new URL(address).searchParams.get("n")).toBe("4");

  await page.reload();
  await page.getByText("page 4").waitFor();
  await expect.poll(() => names(page)).toEqual(fourth);
  await button(page, "Previous").click();
  await page.getByText("page 3").waitFor();
  await page.goBack();
  await page.getByText("page 4").waitFor();
  await button(page, "First page").click();
  await page.getByText("page 1").waitFor();
  await expect.poll(() => names(page)).toEqual(first);

  const linked = await open(new URL(address).search);
  await linked.getByText("page 4").waitFor();
  await expect.poll(() => names(linked)).toEqual(fourth);
  expect(await button(linked, "Previous").isDisabled()).toBe(true);
});

it("is searched as one types, and what is shown is what stands in the box in the end", async () => {
  const page = await open();
  const [some = ""] = await names(page);
  const word = some.slice(0, 4);
  await searchField(page).pressSequentially(word, { delay: 60 });
  await expect.poll(() => new URL(page.url()).searchParams.get("q")).toBe(word);
  await page.getByText(/match(es)?, newest first/).waitFor();
  await page.locator("table[aria-busy=false]").waitFor();
  const folded = (text: string) => text.normalize("NFKD").replaceAll(/\p{M}/gu, "").toLowerCase();
  for (const name of await names(page)) expect(folded(name)).toContain(folded(word));
  expect(await searchField(page).inputValue()).toBe(word);
});

it("what only the very oldest keys are called is found, however many pages of the service it takes", async () => {
  const page = await open();
  await searchField(page).fill("oldest");
  await row(page, "Oldest of all").waitFor();
  await expect.poll(() => names(page)).toEqual(["Oldest but one", "Oldest of all"]);
  await page.getByText("2 matches, newest first").waitFor();
  await searchField(page).fill("e");
  await page.locator("table[aria-busy=false]").waitFor();
  await expect.poll(async () => (await names(page)).length).toBe(PAGE_SIZE);
  await searchField(page).fill("zzzz not there");
  await page.getByRole("heading", { name: "No key matches" }).waitFor();
});

it("a long search says that there may be more than were counted, unless all is in view", async () => {
  const page = await open();
  await searchField(page).fill(LONG_ENDING);
  await page.getByText("1,000 or more matches, newest first · page 1").waitFor();
  await page.locator("table[aria-busy=false]").waitFor();
  const [some = ""] = await names(page);
  await searchField(page).fill(some);
  await page.getByText("1 match, newest first").waitFor();
  await expect.poll(() => names(page)).toEqual([some]);
});

it("a link to a search is that search", async () => {
  const page = await open("?q=oldest");
  expect(await searchField(page).inputValue()).toBe("oldest");
  await expect.poll(() => names(page)).toEqual(["Oldest but one", "Oldest of all"]);
  await page.goto(pathTo(PROJECT));
  await page.getByText("10,000 or more keys").waitFor();
});
