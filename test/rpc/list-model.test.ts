/** Lists of random keys, held page by page against a plain look at every key, while some come and go. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { UNRESTRICTED } from "../../src/domain/access.ts";
import { foldText } from "../../src/domain/name.ts";
import { makeKey } from "../../src/domain/new-key.ts";
import { toDocument } from "../../src/store/keys.ts";
import { MAX_CANDIDATES } from "../../src/store/name-search.ts";
import { createKey, Environment } from "../support/keys.ts";
import { pick, randomOf, seedOf } from "../support/random.ts";
import { type ApiKeyClient, OPERATOR_TOKEN, startService, type TestService } from "../support/service.ts";
import { workOf } from "../support/work.ts";

/** So many that a frequent word matches more than one page may look at. */
const KEYS = 6_000;
const WALKS = 40;
const MAX_PAGE = 500;
const MAX_QUERY = 100;
const PROJECT = "model";
const DAY_MS = 86_400_000;
/** Longer than the index holds of a name in one piece, and in names of which the newer half has only its beginning. */
const LONG = "runner of the nightly delivery pipeline in each of the regions";
const WORDS = ["alpha", "Álpha", "ALPHA", "Straße", "ﬁle", "İstanbul", "日本", "a-b.c*", "x"];
const CREATORS = ["operator", "operator", "user:many", "user:seldom", "user:nobody"];

interface Listed {
  readonly keyId: string;
  readonly displayName: string;
  /** The name as it is compared. */
  readonly folded: string;
  readonly environment: number;
  readonly creator: string;
}

interface Wish {
  readonly client: ApiKeyClient;
  /** What the client's key may see; undefined: all. */
  readonly environment: number | undefined;
  readonly creator: string;
  readonly query: string;
}

const random = randomOf(seedOf("list model"));
const below = (limit: number) => Math.floor(random() * limit);
const isChance = (share: number) => random() < share;

let service: TestService;
let operator: ApiKeyClient;
/** A caller for each environment. */
const callers: { client: ApiKeyClient; environment: number }[] = [];
/** Newest first. */
let keys: Listed[];

function someName(index: number): string {
  const isOld = index < KEYS / 2;
  const words = [
    pick(random, WORDS),
    `${index}`,
    isOld ? "legacy" : "",
    isChance(0.4) ? pick(random, WORDS) : "",
  ];
  if (isChance(0.9)) words.push(isOld ? LONG : LONG.slice(0, -9));
  return words.filter((word) => word !== "").join(" ");
}

function someKey(index: number) {
  const creator = isChance(0.01) ? "user:seldom" : pick(random, ["operator", "user:many"]);
  const environment = pick(random, [1, 2, 3, 3, 3]);
  const wish = { projectId: PROJECT, displayName: someName(index), access: UNRESTRICTED, environment };
  const { record } = makeKey({ ...wish, expireTime: undefined }, creator, "kf", service.config.pepper);
  // Some at the same time, which their ids then order.
  return { ...record, createTime: new Date(Date.now() - DAY_MS + Math.floor(index / 3)) };
}

beforeAll(async () => {
  service = await startService();
  operator = service.grpc(OPERATOR_TOKEN);
  const records = Array.from({ length: KEYS }, (_, index) => someKey(index));
  await service.db.collection("keys").insertMany(records.map(toDocument) as never[]);
  for (const environment of [Environment.DEVELOPMENT, Environment.STAGING, Environment.PRODUCTION]) {
    const { key } = await createKey(operator, { projectId: PROJECT, environment, displayName: "a caller" });
    callers.push({ client: service.grpc(key), environment });
  }
  const stored = await service.db.collection("keys").find({ project_id: PROJECT }).toArray();
  keys = stored
    .sort((one, other) => (one.position < other.position ? 1 : -1))
    .map(({ _id, display_name, environment, creator }) => ({
      keyId: String(_id),
      displayName: display_name,
      folded: foldText(display_name),
      environment,
      creator,
    }));
});
afterAll(() => service.stop());

function someQuery(): string {
  if (isChance(0.2)) return "";
  // Only the older half has these: the first pages find nothing.
  if (isChance(0.4)) return pick(random, ["legacy", "LEGACY", LONG, LONG.slice(5)]);
  if (isChance(0.3)) return pick(random, ["alpha", "a", "nowhere", LONG.slice(5, 45)]);
  const points = Array.from(pick(random, keys).displayName);
  const length = pick(random, [1, 2, 3, 8, 20, 33, 50, 90]);
  const start = below(Math.max(1, points.length - length));
  const query = points.slice(start, start + length).join("");
  return Array.from(isChance(0.3) ? query.toUpperCase() : query)
    .slice(0, MAX_QUERY)
    .join("");
}

function someWish(): Wish {
  const caller = isChance(0.5) ? { client: operator, environment: undefined } : pick(random, callers);
  return { ...caller, creator: isChance(0.6) ? "" : pick(random, CREATORS), query: someQuery() };
}

function matching({ environment, creator, query }: Wish): Listed[] {
  const folded = foldText(query);
  return keys.filter(
    (key) =>
      (environment === undefined || key.environment === environment) &&
      (creator === "" || key.creator === creator) &&
      key.folded.includes(folded),
  );
}

const idsOf = (listed: readonly { readonly keyId: string }[]) => listed.map(({ keyId }) => keyId);

/** Deletes a key, or creates one. Callers are left alone. */
async function change(): Promise<void> {
  if (isChance(0.3)) {
    const { apiKey } = await createKey(operator, {
      projectId: PROJECT,
      displayName: `${pick(random, WORDS)} new`,
    });
    const { keyId, displayName, environment, creator } = apiKey;
    keys.unshift({ keyId, displayName, folded: foldText(displayName), environment, creator });
    return;
  }
  const victim = pick(random, keys);
  if (victim.displayName === "a caller") return;
  await operator.deleteApiKey({ projectId: PROJECT, keyId: victim.keyId });
  keys.splice(keys.indexOf(victim), 1);
}

/** From the first page to the last. */
async function walk(wish: Wish, size: () => number): Promise<void> {
  const { client, creator, query } = wish;
  const atStart = new Set(idsOf(matching(wish)));
  const seen: string[] = [];
  let pageToken = "";
  do {
    const pageSize = size();
    const request = { projectId: PROJECT, creator, query, pageSize, pageToken };
    const { result: page, pageWork } = await workOf(service.db, () => client.listApiKeys(request));
    const isSearch = foldText(query) !== "";
    expect(page.apiKeys.length).toBeLessThanOrEqual(pageSize);
    expect(pageWork.documents).toBeLessThanOrEqual(isSearch ? MAX_CANDIDATES : pageSize + 1);
    const matches = idsOf(matching(wish));
    expect(page.totalSize).toBe(matches.length);
    // What was deleted meanwhile is not told any more, and what was created is newer than where the page starts.
    const told = new Set(seen);
    const rest = matches.filter((id) => atStart.has(id) && !told.has(id));
    expect(idsOf(page.apiKeys)).toEqual(rest.slice(0, page.apiKeys.length));
    seen.push(...idsOf(page.apiKeys));
    pageToken = page.nextPageToken;
    if (pageToken === "") expect(page.apiKeys).toHaveLength(rest.length);
    else if (isChance(0.3)) await change();
  } while (pageToken !== "");
}

describe("a walk through a list of random keys", () => {
  it.each(Array.from({ length: WALKS }, (_, index) => index))(
    "tells each key that a plain look finds once, in order (%s)",
    async () => {
      const wish = someWish();
      // Small pages where they come to an end.
      const most = Math.min(MAX_PAGE, Math.max(2, matching(wish).length / 4));
      await walk(wish, () => Math.ceil(most / 2) + below(most / 2));
    },
  );
});
