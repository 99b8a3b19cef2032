/** Lists that are walked page by page while others create and delete without pause. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createKey } from "../support/keys.ts";
import { pick, randomOf, seedOf } from "../support/random.ts";
import { type ApiKeyClient, OPERATOR_TOKEN, startService, type TestService } from "../support/service.ts";

const LASTING = 30;
const WALKS = 5;

let service: TestService;
let operator: ApiKeyClient;
const random = randomOf(seedOf("list under change"));
beforeAll(async () => {
  service = await startService();
  operator = service.grpc(OPERATOR_TOKEN);
});
afterAll(() => service.stop());

const names = (start: string) => `${start} ${pick(random, ["alpha", "beta", "Álpha", "gamma"])}`;

/** Creates and deletes keys until it is told to stop. */
async function disturb(projectId: string, isOver: () => boolean): Promise<number> {
  const own: string[] = [];
  let changes = 0;
  while (!isOver()) {
    if (own.length < 3 || random() < 0.5) {
      own.push((await createKey(operator, { projectId, displayName: names("passing") })).keyId);
    } else {
      const keyId = pick(random, own);
      own.splice(own.indexOf(keyId), 1);
      await operator.deleteApiKey({ projectId, keyId });
    }
    changes++;
  }
  return changes;
}

interface Walk {
  readonly ids: readonly string[];
  readonly pages: number;
}

/** From the first page to the last, with another size for each. */
async function walk(filters: { projectId: string; query?: string; creator?: string }): Promise<Walk> {
  const ids: string[] = [];
  let pages = 0;
  let pageToken = "";
  do {
    const pageSize = 1 + Math.floor(random() * 9);
    const page = await operator.listApiKeys({ ...filters, pageSize, pageToken });
    expect(page.apiKeys.length).toBeLessThanOrEqual(pageSize);
    ids.push(...page.apiKeys.map((key) => key.keyId));
    pageToken = page.nextPageToken;
    pages++;
  } while (pageToken !== "");
  return { ids, pages };
}

describe.each([
  ["all keys", {}],
  ["keys found by name", { query: "ALPHA" }],
  ["keys of one creator", { creator: "operator" }],
])("a list of %s", (what, filters) => {
  it("tells each key that is there all the time once, in order, and no other one twice", async () => {
    const projectId = `changing-${what.replaceAll(" ", "-")}`;
    const lasting: { keyId: string; displayName: string }[] = [];
    for (let made = 0; made < LASTING; made++) {
      lasting.push((await createKey(operator, { projectId, displayName: names("lasting") })).apiKey);
    }
    const isWanted = ({ displayName }: { displayName: string }) =>
      !("query" in filters) || /lpha$/.test(displayName);
    const expected = lasting
      .filter(isWanted)
      .map(({ keyId }) => keyId)
      .reverse();
    let isOver = false;
    const disturbers = [1, 2].map(() => disturb(projectId, () => isOver));
    try {
      for (let round = 0; round < WALKS; round++) {
        const { ids, pages } = await walk({ projectId, ...filters });
        expect(pages).toBeGreaterThan(1);
        expect(new Set(ids).size, "no key twice").toBe(ids.length);
        const wanted = new Set(expected);
        expect(ids.filter((id) => wanted.has(id))).toEqual(expected);
      }
    } finally {
      isOver = true;
    }
    const changes = await Promise.all(disturbers);
    expect(Math.min(...changes)).toBeGreaterThan(WALKS);
  });
});
