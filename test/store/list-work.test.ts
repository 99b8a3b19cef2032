/**
 * How many index keys and documents MongoDB examines for one page. It tells so itself, in its profile, of each command as
 * it was run: the same figures as `explain`, without a second spelling of every query here.
 */
import { MongoClient } from "mongodb";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { UNRESTRICTED } from "../../src/domain/access.ts";
import { makeKey } from "../../src/domain/new-key.ts";
import { KeyPages } from "../../src/store/key-pages.ts";
import { toDocument } from "../../src/store/keys.ts";
import { type Deletions, KnownTotals } from "../../src/store/known-totals.ts";
import { MAX_CANDIDATES } from "../../src/store/name-search.ts";
import { MAX_TOTAL, type Page, type PageRequest } from "../../src/store/page.ts";
import { openStore, type Store } from "../../src/store/store.ts";
import { newDatabase } from "../support/service.ts";

const PEPPER = { id: "p", secret: Buffer.alloc(32, 1) };
/** More than are counted exactly, with what a total that is told again may have lost. */
const LARGE = 11_500;
const SMALL = 1_000;
const SIZE = 50;
const FEW = 3;
/** The oldest ones, more than a search looks at for one page, with a word that no newer one has. */
const LEGACY = 3_000;

let store: Store;
let client: MongoClient;
beforeAll(async () => {
  const name = newDatabase();
  client = await new MongoClient(inject("mongodbUri")).connect();
  store = await openStore(inject("mongodbUri"), name, [PEPPER]);
  for (const [projectId, count] of [
    ["small", SMALL],
    ["large", LARGE],
  ] as const) {
    const documents = Array.from({ length: count }, (_, i) => {
      const words = [i % 8 === 0 ? "Billing" : "Search", i < FEW ? "needle" : i, i < LEGACY ? "legacy" : ""];
      const displayName = words.join(" ").trim();
      const creator = i < 2 * FEW ? "key:seldom" : "operator";
      const wish = {
        projectId,
        displayName,
        access: UNRESTRICTED,
        environment: (i % 3) + 1,
        expireTime: undefined,
      };
      return toDocument(makeKey(wish, creator, "kf", PEPPER).record);
    });
    await store.keys.collection.insertMany(documents);
  }
});
afterAll(async () => {
  await store.db.dropDatabase();
  await store.close();
  await client.close();
});

const requestOf = (wish: Partial<PageRequest> & { readonly environment?: number }): PageRequest => ({
  scope: { projectId: "large", environment: wish.environment },
  creator: undefined,
  query: "",
  after: undefined,
  size: SIZE,
  ...wish,
});

interface Work {
  readonly indexKeys: number;
  readonly documents: number;
}

/** Of all commands on keys that `act` sends. */
async function workOf<T>(act: () => Promise<T>): Promise<{ result: T; work: Work }> {
  const db = client.db(store.db.databaseName);
  await db
    .collection("system.profile")
    .drop()
    .catch(() => undefined);
  await db.command({ profile: 2 });
  const result = await act().finally(() => db.command({ profile: 0 }));
  const commands = await db
    .collection("system.profile")
    .find({ ns: `${db.databaseName}.keys` })
    .toArray();
  expect(commands.length).toBeGreaterThan(0);
  const sum = (field: string) => commands.reduce((total, command) => total + (command[field] ?? 0), 0);
  return { result, work: { indexKeys: sum("keysExamined"), documents: sum("docsExamined") } };
}

function pagesSeeing(deletions: () => Deletions | undefined) {
  return new KeyPages(store.keys.collection, new KnownTotals(deletions));
}

const NOTHING_DELETED: Deletions = { since: {}, count: 0 };

/** A page of a list that this replica has been asked for before. */
async function knownPage(request: PageRequest): Promise<{ result: Page; work: Work }> {
  const pages = pagesSeeing(() => NOTHING_DELETED);
  await pages.find(request);
  return workOf(() => pages.find(request));
}

async function middleOf(projectId: string): Promise<string> {
  const [row] = await store.keys.collection
    .find({ project_id: projectId })
    .sort({ position: 1 })
    .skip(SMALL / 2)
    .limit(1)
    .toArray();
  return row?.position ?? "";
}

describe("the work of a page", () => {
  it("is the page's own for the first one", async () => {
    const { result, work } = await knownPage(requestOf({}));
    expect(result.keys).toHaveLength(SIZE);
    expect(result.total).toBe(MAX_TOTAL);
    expect(work).toEqual({ indexKeys: SIZE + 1, documents: SIZE + 1 });
  });

  it("is the same for one deep in the list", async () => {
    const { result, work } = await knownPage(requestOf({ after: await middleOf("large") }));
    expect(result.keys).toHaveLength(SIZE);
    expect(work).toEqual({ indexKeys: SIZE + 1, documents: SIZE + 1 });
  });

  it("is the page's own, and the total's, for keys of one environment", async () => {
    const { result, work } = await knownPage(requestOf({ environment: 2 }));
    expect(result.keys).toHaveLength(SIZE);
    expect(work.documents).toBe(SIZE + 1);
    expect(work.indexKeys).toBeLessThanOrEqual(SIZE + 1 + Math.ceil(LARGE / 3) + 1);
  });

  it.each([undefined, 1])("is that of the creator's keys, in the environment %s", async (environment) => {
    const own = environment === undefined ? 2 * FEW : 2;
    const request = requestOf({ creator: "key:seldom", ...(environment && { environment }) });
    const { result, work } = await knownPage(request);
    expect(result.total).toBe(own);
    expect(work.documents).toBe(own);
    // Once for the keys and once for the count, each with a step between environments.
    expect(work.indexKeys).toBeLessThanOrEqual(2 * (own + 4));
  });

  it("is the matches' for a search that matches few", async () => {
    const { result, work } = await knownPage(requestOf({ query: "needle" }));
    expect(result.keys).toHaveLength(FEW);
    expect(work.documents).toBe(FEW);
    expect(work.indexKeys).toBeLessThanOrEqual(4 * FEW);
  });

  it("is at most that of the candidates for a search that matches many", async () => {
    const { result, work } = await knownPage(requestOf({ query: "search" }));
    expect(result.keys).toHaveLength(SIZE);
    expect(result.total).toBe(MAX_TOTAL);
    expect(work.documents).toBeLessThanOrEqual(MAX_CANDIDATES);
    expect(work.indexKeys).toBeLessThanOrEqual(MAX_CANDIDATES);
  });

  it("is bounded with filters too, whatever matches", async () => {
    const filtered = requestOf({ query: "search", creator: "key:seldom", environment: 2 });
    const { result, work } = await workOf(() => pagesSeeing(() => undefined).find(filtered));
    expect(result).toMatchObject({ keys: [{ creator: "key:seldom", environment: 2 }, {}], total: 2 });
    expect(work.documents).toBeLessThanOrEqual(3 * FEW);
    expect(work.indexKeys).toBeLessThanOrEqual(MAX_CANDIDATES + 1 + 6 * FEW);
  });

  it("ends after so many candidates where nothing of them matches, and the next page goes on", async () => {
    const pages = pagesSeeing(() => NOTHING_DELETED);
    const request = requestOf({ query: "legacy", size: 500 });
    const { result: first, work } = await knownPage(request);
    expect(first.keys).toHaveLength(0);
    // Each candidate is looked at twice: what the page may end with is not known before.
    expect(work.documents).toBe(2 * MAX_CANDIDATES);
    const found: string[] = [];
    let after = first.next;
    while (after !== undefined) {
      const page = await pages.find({ ...request, after });
      found.push(...page.keys.map(({ keyId }) => keyId));
      after = page.next;
    }
    expect(found).toHaveLength(LEGACY);
    expect(new Set(found).size).toBe(LEGACY);
  });
});

describe("a total", () => {
  it("is counted once, and again when as many keys were deleted as could make it smaller", async () => {
    let deletions: Deletions = { since: {}, count: 0 };
    const pages = pagesSeeing(() => deletions);
    const keysFor = async () => (await workOf(() => pages.find(requestOf({})))).work.indexKeys;
    expect(await keysFor()).toBeGreaterThan(MAX_TOTAL);
    deletions = { ...deletions, count: 1_000 };
    expect(await keysFor()).toBe(SIZE + 1);
    deletions = { ...deletions, count: 1_001 };
    expect(await keysFor()).toBeGreaterThan(MAX_TOTAL);
  });

  it("is counted again when deletions may have been missed", async () => {
    let deletions: Deletions | undefined = NOTHING_DELETED;
    const pages = pagesSeeing(() => deletions);
    await pages.find(requestOf({}));
    for (const other of [undefined, { since: {}, count: 0 }]) {
      deletions = other;
      const { work } = await workOf(() => pages.find(requestOf({})));
      expect(work.indexKeys).toBeGreaterThan(MAX_TOTAL);
    }
  });

  it.each([
    ["all keys", {}],
    ["a search that matches many", { query: "search" }],
    ["a search that matches few", { query: "needle" }],
    ["a search longer than the index holds", { query: "search 1 legacy".padEnd(40, "x") }],
  ])("of %s is exact in a small project", async (_, wish) => {
    const scope = { projectId: "small", environment: undefined };
    const { total } = await pagesSeeing(() => NOTHING_DELETED).find(requestOf({ ...wish, scope }));
    const folded = ("query" in wish && wish.query) || "";
    const names = await store.keys.collection.find({ project_id: "small" }).toArray();
    expect(total).toBe(names.filter(({ name_folded }) => name_folded.includes(folded)).length);
  });
});
