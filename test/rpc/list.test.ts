import { Code } from "@connectrpc/connect";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { foldText } from "../../src/domain/name.ts";
import { expectError } from "../support/errors.ts";
import { createKey, Environment } from "../support/keys.ts";
import { seedOf } from "../support/random.ts";
import { type ApiKeyClient, OPERATOR_TOKEN, startService, type TestService } from "../support/service.ts";

seedOf("list");

let service: TestService;
let operator: ApiKeyClient;
beforeAll(async () => {
  service = await startService();
  operator = service.grpc(OPERATOR_TOKEN);
});
afterAll(() => service.stop());

type Filters = { projectId: string; query?: string; creator?: string };

async function listAll(client: ApiKeyClient, filters: Filters, pageSize = 3): Promise<string[]> {
  const seen: string[] = [];
  let pageToken = "";
  do {
    const page = await client.listApiKeys({ ...filters, pageSize, pageToken });
    seen.push(...page.apiKeys.map((key) => key.keyId));
    pageToken = page.nextPageToken;
  } while (pageToken !== "");
  return seen;
}

async function createNamed(projectId: string, names: readonly string[]) {
  const ids = new Map<string, string>();
  for (const displayName of names) {
    ids.set(displayName, (await createKey(operator, { projectId, displayName })).keyId);
  }
  return ids;
}

describe("pages", () => {
  it("list every key once, newest first, whatever the page size", async () => {
    const ids = [...(await createNamed("pages", ["a", "b", "c", "d", "e", "f", "g"])).values()].reverse();
    for (const size of [1, 2, 3, 7, 500])
      expect(await listAll(operator, { projectId: "pages" }, size)).toEqual(ids);
  });

  it("have 50 keys where no size is said, and never more than 500", async () => {
    const keys = service.db.collection("keys");
    await createKey(operator, { projectId: "many" });
    const template = await keys.findOne({ project_id: "many" });
    const copies = Array.from({ length: 600 }, (_, i) => {
      const id = `copy${String(i).padStart(12, "0")}`;
      return { ...template, _id: id, position: `000000000000${id}` } as never;
    });
    await keys.insertMany(copies);
    expect((await operator.listApiKeys({ projectId: "many" })).apiKeys).toHaveLength(50);
    const big = await operator.listApiKeys({ projectId: "many", pageSize: 100_000 });
    expect(big.apiKeys).toHaveLength(500);
    expect(big.totalSize).toBe(601);
    const call = operator.listApiKeys({ projectId: "many", pageSize: -1 });
    await expectError(call, Code.InvalidArgument, "FIELD_INVALID");
  });
});

describe("page tokens", () => {
  it("bent by any bit, of another project or with other filters are refused", async () => {
    await createNamed("tokens", ["one", "two", "three"]);
    const { nextPageToken } = await operator.listApiKeys({ projectId: "tokens", pageSize: 1 });
    const refused = (request: Record<string, unknown>) =>
      expectError(
        operator.listApiKeys({ projectId: "tokens", pageToken: nextPageToken, ...request }),
        Code.InvalidArgument,
        "PAGE_TOKEN_INVALID",
      );
    const bytes = Buffer.from(nextPageToken, "base64url");
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const bent = Buffer.from(bytes);
      bent[bit >> 3] = (bent[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      await refused({ pageToken: bent.toString("base64url") });
    }
    await refused({ projectId: "pages" });
    await refused({ query: "o" });
    await refused({ creator: "operator" });
    await refused({ pageToken: `${nextPageToken}=` });
    await refused({ pageToken: `${nextPageToken}A` });
    await refused({ pageToken: "%%%" });
  });

  it("work with another page size", async () => {
    const { nextPageToken } = await operator.listApiKeys({ projectId: "tokens", pageSize: 1 });
    const page = await operator.listApiKeys({ projectId: "tokens", pageSize: 9, pageToken: nextPageToken });
    expect(page.apiKeys).toHaveLength(2);
  });
});

describe("search", () => {
  const NAMES = [
    "CRM_Query",
    "crème brûlée",
    "STRASSE",
    "Straße 9",
    "100% sure",
    "a.b*c",
    "ﬁle",
    "İstanbul",
    "x",
  ];
  beforeAll(() => createNamed("search", NAMES).then(() => undefined));

  const found = async (query: string) => {
    const page = await operator.listApiKeys({ projectId: "search", query });
    expect(page.totalSize).toBe(page.apiKeys.length);
    return page.apiKeys.map((key) => key.displayName).sort();
  };

  it.each([
    ["crm", ["CRM_Query"]],
    ["CREME BRULEE", ["crème brûlée"]],
    ["strasse", ["STRASSE", "Straße 9"]],
    ["9", ["Straße 9"]],
    ["%", ["100% sure"]],
    [".b*", ["a.b*c"]],
    [".*", []],
    ["fi", ["ﬁle"]],
    ["istanbul", ["İstanbul"]],
    ["X", ["x"]],
    ["nowhere", []],
  ] as const)("for %j finds names that contain it, ignoring case and accents", async (query, names) => {
    expect(await found(query)).toEqual([...names].sort());
  });

  it("agrees with a plain look at every name", async () => {
    const piece = fc.constantFrom(...NAMES.flatMap((name) => Array.from(name)), "z", "\u0301");
    const queries = fc.array(piece, { minLength: 1, maxLength: 3 }).map((pieces) => pieces.join(""));
    await fc.assert(
      fc.asyncProperty(queries, async (query) => {
        const wanted = NAMES.filter((name) => foldText(name).includes(foldText(query)));
        expect(await found(query)).toEqual(wanted.sort());
      }),
      { numRuns: 60 },
    );
  });

  it("goes on through pages until every match was seen, also where many keys match", async () => {
    const keys = service.db.collection("keys");
    await createKey(operator, { projectId: "dense", displayName: "match" });
    const template = await keys.findOne({ project_id: "dense" });
    const copies = Array.from({ length: 4_500 }, (_, i) => {
      const id = `many${String(i).padStart(12, "0")}`;
      const matching = i % 2 === 0;
      return {
        ...template,
        _id: id,
        position: `000000000000${id}`,
        ...(matching ? {} : { name_folded: "other", name_suffixes: ["other"] }),
      } as never;
    });
    await keys.insertMany(copies);
    const seen = await listAll(operator, { projectId: "dense", query: "match" }, 500);
    expect(new Set(seen).size).toBe(seen.length);
    expect(seen).toHaveLength(2_251);
    const { totalSize } = await operator.listApiKeys({ projectId: "dense", query: "match", pageSize: 1 });
    expect(totalSize).toBe(2_251);
  });
});

describe("filters", () => {
  it("by creator show that caller's keys only", async () => {
    const parent = await createKey(operator, { projectId: "creators" });
    const child = await createKey(service.grpc(parent.key), { projectId: "creators" });
    const creator = `key:${parent.keyId}`;
    expect(await listAll(operator, { projectId: "creators", creator })).toEqual([child.keyId]);
  });

  it("a key sees the keys of its own environment only", async () => {
    const { key, keyId } = await createKey(operator, { projectId: "envs" });
    const other = await createKey(operator, { projectId: "envs", environment: Environment.STAGING });
    expect(await listAll(service.grpc(key), { projectId: "envs" })).toEqual([keyId]);
    const get = service.grpc(key).getApiKey({ projectId: "envs", keyId: other.keyId });
    await expectError(get, Code.NotFound, "KEY_NOT_FOUND");
    const remove = service.grpc(key).deleteApiKey({ projectId: "envs", keyId: other.keyId });
    await expectError(remove, Code.NotFound, "KEY_NOT_FOUND");
    expect(await listAll(operator, { projectId: "envs" })).toHaveLength(2);
  });
});
