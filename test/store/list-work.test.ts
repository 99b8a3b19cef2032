/** How many index keys and documents MongoDB examines for one page, whatever is asked of it. */
import { MongoClient } from "mongodb";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { UNRESTRICTED } from "../../src/domain/access.ts";
import { makeKey } from "../../src/domain/new-key.ts";
import { KeyPages } from "../../src/store/key-pages.ts";
import { type KeyDocument, toDocument } from "../../src/store/keys.ts";
import { type Deletions, KnownTotals } from "../../src/store/known-totals.ts";
import { MAX_CANDIDATES } from "../../src/store/name-search.ts";
import { MAX_TOTAL, type Page, type PageRequest } from "../../src/store/page.ts";
import { SUFFIX_LENGTH } from "../../src/store/search.ts";
import { openStore, type Store } from "../../src/store/store.ts";
import { PEPPER } from "../support/made-keys.ts";
import { newDatabase } from "../support/service.ts";
import { workOf as databaseWorkOf, type Worked } from "../support/work.ts";

/** How far beyond what it asks for a look goes that is remembered: what deletions may take from it. */
const MARGIN = 1_000;
/** How many keys a total may take a look at. */
const MAX_COUNTED = MAX_TOTAL + MARGIN;
/** How many index keys of one part of a text a search looks at, until it is known that they are too many. */
const MAX_OF_PART = MAX_CANDIDATES + 1 + MARGIN;
/** More than that. */
const LARGE = 14_000;
const SMALL = 1_000;
const SIZE = 50;
const FEW = 3;
/** In milliseconds since 1970. */
const FIRST_MADE = Date.UTC(2026, 0, 1);
/** The oldest ones, more than a search looks at for one page, with a word that no newer one has. */
const LEGACY = 3_000;
/** Longer than the index holds of a name in one piece. */
const LONG = "runner of the nightly delivery pipeline in each of the regions x";
/** One key in so many has the beginning of it in its name, and another one its end; none has all of it. */
const PER_LONG = 6;
const LONG_BEGINNING = LONG.slice(0, -4);
const LONG_END = LONG.slice(10);

/** Whether the index of names tells by itself what matches. */
const isShort = (query: string) => query.length <= SUFFIX_LENGTH;
/** Between environments, where their walks are merged: there are three of them, and three walks in one search. */
const STEPS = 6;

/**
 * The index keys of a search besides those of the keys that it looks at: of each part of the text, and of the list where
 * that is filtered, until there are too many; and of the way to where the next page starts.
 */
const keysOfSearch = (query: string, isFiltered: boolean) =>
  (isShort(query) ? 1 : 4) * MAX_OF_PART + (isFiltered ? MAX_CANDIDATES + 1 : 0) + MAX_CANDIDATES;

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
      // With others between them: MongoDB looks at one key more for each that is not next to the last.
      const isNeedle = i % 2 === 0 && i < 2 * FEW;
      const words = [i % 8 === 0 ? "Billing" : "Search", isNeedle ? "needle" : i, i < LEGACY ? "legacy" : ""];
      if (i % PER_LONG === 1) words.push(LONG_BEGINNING);
      if (i % PER_LONG === 4) words.push(LONG_END);
      const displayName = words.join(" ").trim();
      const creator = i < 2 * FEW ? "key:seldom" : "operator";
      const wish = {
        projectId,
        displayName,
        access: UNRESTRICTED,
        environment: (i % 3) + 1,
        expireTime: undefined,
      };
      const { record } = makeKey(wish, creator, "kf", PEPPER);
      // Each a millisecond of its own: otherwise chance would say in which order they stand.
      return toDocument({ ...record, createTime: new Date(FIRST_MADE + i) });
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

const workOf = <T>(act: () => Promise<T>): Promise<Worked<T>> =>
  databaseWorkOf(client.db(store.db.databaseName), act);

function pagesSeeing(deletions: () => Deletions | undefined) {
  return new KeyPages(store.keys.collection, new KnownTotals(deletions));
}

const NOTHING_DELETED: Deletions = { since: {}, count: 0 };

/** A page of a list that this replica has been asked for before. */
async function knownPage(request: PageRequest): Promise<Worked<Page>> {
  const pages = pagesSeeing(() => NOTHING_DELETED);
  await pages.find(request);
  return workOf(() => pages.find(request));
}

async function middleOfLarge(): Promise<string> {
  const [row] = await store.keys.collection
    .find({ project_id: "large" })
    .sort({ position: 1 })
    .skip(LARGE / 2)
    .limit(1)
    .toArray();
  return row?.position ?? "";
}

const namesOf = (projectId: string) =>
  store.keys.collection
    .find({ project_id: projectId })
    .project<Pick<KeyDocument, "name_folded" | "creator" | "environment">>({
      name_folded: 1,
      creator: 1,
      environment: 1,
    })
    .toArray();

describe("the work of a page", () => {
  it("is the page's own for the first one", async () => {
    const { result, work } = await knownPage(requestOf({}));
    expect(result.keys).toHaveLength(SIZE);
    expect(result.total).toBe(MAX_TOTAL);
    expect(work).toEqual({ indexKeys: SIZE + 1, documents: SIZE + 1 });
  });

  it("is the same for one deep in the list", async () => {
    const { result, work } = await knownPage(requestOf({ after: await middleOfLarge() }));
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
    // Of all candidates it is read where they are, and then those are looked at that fill the page.
    expect(work.indexKeys).toBe(MAX_CANDIDATES + work.documents);
  });

  it("is that of the creator's keys for a search among them, however many other keys match", async () => {
    const filtered = requestOf({ query: "search", creator: "key:seldom", environment: 2 });
    const { result, work } = await workOf(() => pagesSeeing(() => undefined).find(filtered));
    expect(result).toMatchObject({ keys: [{ creator: "key:seldom", environment: 2 }, {}], total: 2 });
    expect(work.documents).toBe(2);
    expect(work.indexKeys).toBeLessThanOrEqual(MAX_OF_PART + 2 * FEW);
  });

  it("is the matches' for a long search of which any part matches few", async () => {
    const query = `${LONG_BEGINNING} nowhere`;
    const { result, work } = await knownPage(requestOf({ query }));
    expect(result).toMatchObject({ keys: [], total: 0 });
    expect(work).toEqual({ indexKeys: expect.any(Number), documents: 0 });
    expect(work.indexKeys).toBeLessThanOrEqual(1);
  });

  it("is that of the candidates alone for a long search whose parts are known to match many", async () => {
    const { result, work } = await knownPage(requestOf({ query: LONG }));
    expect(result.keys).toHaveLength(0);
    expect(work).toEqual({ indexKeys: 2 * MAX_CANDIDATES, documents: MAX_CANDIDATES });
  });

  it("ends after so many candidates where nothing of them matches, and the next page goes on", async () => {
    const pages = pagesSeeing(() => NOTHING_DELETED);
    const request = requestOf({ query: "legacy", size: 500 });
    const { result: first, work } = await knownPage(request);
    expect(first.keys).toHaveLength(0);
    expect(work.documents).toBe(MAX_CANDIDATES);
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

describe("the work of a page whose total is not known", () => {
  it.each([
    ["the first one", {}, false, { indexKeys: SIZE + 1, documents: SIZE + 1 }, [[MAX_COUNTED, 0]]],
    ["one deep in the list", {}, true, { indexKeys: SIZE + 1, documents: SIZE + 1 }, [[MAX_COUNTED, 0]]],
    ["a search that finds few", { query: "needle" }, false, { indexKeys: 8, documents: FEW }, []],
    [
      "a search that looks at all it may, and is told exactly",
      { query: "legacy" },
      false,
      { indexKeys: LEGACY + 2 * MAX_CANDIDATES, documents: MAX_CANDIDATES },
      [[LEGACY, 0]],
    ],
    [
      "a long search that looks at all it may",
      { query: LONG },
      false,
      { indexKeys: keysOfSearch(LONG, false) + MAX_CANDIDATES, documents: MAX_CANDIDATES },
      [[MAX_COUNTED, MAX_COUNTED]],
    ],
  ] as const)("is its own and at most one count, of %s", async (_, wish, isDeep, page, counted) => {
    const after = isDeep ? await middleOfLarge() : undefined;
    const { pageWork, counts } = await workOf(() =>
      pagesSeeing(() => undefined).find(requestOf({ ...wish, after })),
    );
    expect(pageWork.documents).toBe(page.documents);
    expect(pageWork.indexKeys).toBeLessThanOrEqual(page.indexKeys);
    expect(counts).toEqual(counted.map(([indexKeys, documents]) => ({ indexKeys, documents })));
  });
});

describe.each([
  ["no search", ""],
  ["a search that matches few", "needle"],
  ["a search that matches many", "search"],
  ["a search that matches old keys only", "legacy"],
  ["a search that matches nothing", "nowhere to be found"],
  ["a long search that matches many", LONG_BEGINNING],
  ["a long search whose parts match many", LONG],
])("with %s", (_, query) => {
  let all: Awaited<ReturnType<typeof namesOf>>;
  beforeAll(async () => {
    all = await namesOf("large");
  });

  describe.each([undefined, "operator", "key:seldom", "nobody"])("for the creator %s", (creator) => {
    it.each([
      [undefined, "first"],
      [undefined, "deep"],
      [2, "first"],
      [2, "deep"],
    ] as const)("the work is bounded, in the environment %s, on a %s page", async (environment, place) => {
      const after = place === "deep" ? await middleOfLarge() : undefined;
      const request = requestOf({ query, creator, after, ...(environment && { environment }) });
      const { result, pageWork, counts } = await workOf(() => pagesSeeing(() => undefined).find(request));
      const isFiltered = creator !== undefined || environment !== undefined;
      expect(pageWork.documents).toBeLessThanOrEqual(query === "" ? SIZE + 1 : MAX_CANDIDATES);
      const keysBesides = query === "" ? 0 : keysOfSearch(query, isFiltered);
      expect(pageWork.indexKeys).toBeLessThanOrEqual(keysBesides + pageWork.documents + STEPS);
      expect(counts.length).toBeLessThanOrEqual(isShort(query) && isFiltered ? 2 : 1);
      for (const { indexKeys, documents } of counts) {
        expect(indexKeys).toBeLessThanOrEqual(MAX_COUNTED + STEPS);
        expect(documents).toBeLessThanOrEqual(MAX_COUNTED);
      }
      const matches = all.filter(
        (key) =>
          key.name_folded.includes(query) &&
          (creator === undefined || key.creator === creator) &&
          (environment === undefined || key.environment === environment),
      ).length;
      expect(result.total).toBeLessThanOrEqual(matches);
      // What would take more than may be counted: a long search among nearly all keys.
      const isOfAll = environment === undefined && (creator === undefined || creator === "operator");
      const isCut = !isShort(query) && isOfAll;
      if (!isCut) expect(result.total).toBe(Math.min(matches, MAX_TOTAL));
    });
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

  it("that was cut short is not counted again for each page, and loses what is deleted", async () => {
    let deletions: Deletions = { since: {}, count: 0 };
    const pages = pagesSeeing(() => deletions);
    const find = () => workOf(() => pages.find(requestOf({ query: LONG_BEGINNING })));
    const { result, work } = await find();
    expect(work.documents).toBeGreaterThan(MAX_COUNTED);
    expect(result.total).toBeGreaterThan(MAX_COUNTED / PER_LONG / 2);
    expect(result.total).toBeLessThan(LARGE / PER_LONG);
    deletions = { ...deletions, count: 10 };
    const again = await find();
    expect(again.result.total).toBe(result.total - 10);
    expect(again.work.documents).toBeLessThanOrEqual(MAX_CANDIDATES);
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
    ["a search longer than the index holds", { query: LONG_BEGINNING }],
  ])("of %s is exact in a small project", async (_, wish) => {
    const scope = { projectId: "small", environment: undefined };
    const { total } = await pagesSeeing(() => NOTHING_DELETED).find(requestOf({ ...wish, scope }));
    const folded = ("query" in wish && wish.query) || "";
    const names = await store.keys.collection.find({ project_id: "small" }).toArray();
    expect(total).toBe(names.filter(({ name_folded }) => name_folded.includes(folded)).length);
  });
});
