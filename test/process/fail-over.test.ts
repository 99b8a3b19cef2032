/** Calls without pause while primaries die, freeze and step down: right answers or UNAVAILABLE, and nothing is lost. */
import { Code, ConnectError } from "@connectrpc/connect";
import { MongoClient } from "mongodb";
import { afterAll, beforeAll, expect, it } from "vitest";
import { Verdict } from "../../gen/keyfast/v1/api_key_pb.ts";
import { createKey } from "../support/keys.ts";
import { pick, randomOf, seedOf } from "../support/random.ts";
import { type OwnReplicaSet, ownReplicaSet } from "../support/replica-sets.ts";
import { type ApiKeyClient, OPERATOR_TOKEN, startService, type TestService } from "../support/service.ts";

const PROJECT = "storm";
const CALLERS = 4;
/** Longer than the service may take for any call: a client that has to give up has met a hang. */
const CLIENT_TIMEOUT_MS = 30_000;
/** What a caller may be told of a database in trouble. */
const PASSING = new Set([Code.Unavailable, Code.DeadlineExceeded]);

let set: OwnReplicaSet;
let service: TestService;
beforeAll(async () => {
  set = await ownReplicaSet(3);
  service = await startService({ KEYFAST_MONGODB_URI: set.uri, KEYFAST_CALL_TIMEOUT_MS: "10000" });
});
afterAll(async () => {
  for (const member of set.members) member.resume();
  await set.ready();
  await service.stop();
  await set.remove();
});

interface Key {
  readonly key: string;
  readonly keyId: string;
}

/** What one caller knows for sure, because it was acknowledged to it. */
class Caller {
  readonly alive: Key[] = [];
  readonly dead: Key[] = [];
  /** A Delete that was not acknowledged: it may have happened or not. */
  readonly doubtful: Key[] = [];
  answers = 0;
  readonly #client: ApiKeyClient;
  readonly #random: () => number;

  constructor(client: ApiKeyClient, random: () => number) {
    this.#client = client;
    this.#random = random;
  }

  async run(isOver: () => boolean): Promise<void> {
    while (!isOver()) {
      try {
        await this.#step();
        this.answers++;
      } catch (error) {
        if (!(error instanceof ConnectError) || !PASSING.has(error.code)) throw error;
      }
    }
  }

  #step(): Promise<void> {
    const step = pick(this.#random, [this.#create, this.#create, this.#verify, this.#verify, this.#delete]);
    return step.call(this);
  }

  async #create(): Promise<void> {
    this.alive.push(await createKey(this.#client, { projectId: PROJECT }));
  }

  async #verdictOf({ key }: Key): Promise<Verdict> {
    return (await this.#client.verifyApiKey({ key }, { timeoutMs: CLIENT_TIMEOUT_MS })).verdict;
  }

  async #verify(): Promise<void> {
    const [expected, keys] =
      this.#random() < 0.5
        ? ([Verdict.VALID, this.alive] as const)
        : ([Verdict.NOT_FOUND, this.dead] as const);
    if (keys.length > 0) expect(await this.#verdictOf(pick(this.#random, keys))).toBe(expected);
  }

  async #delete(): Promise<void> {
    const doomed = this.alive.shift();
    if (!doomed) return;
    this.doubtful.push(doomed);
    await this.#client
      .deleteApiKey({ projectId: PROJECT, keyId: doomed.keyId }, { timeoutMs: CLIENT_TIMEOUT_MS })
      .catch((error: ConnectError) => {
        // Where the service retried a commit whose outcome was unknown, the key had gone before.
        if (error.code !== Code.NotFound) throw error;
      });
    this.doubtful.pop();
    this.dead.push(doomed);
    expect(await this.#verdictOf(doomed)).toBe(Verdict.NOT_FOUND);
  }
}

const TROUBLES: readonly (readonly [string, () => Promise<void>])[] = [
  [
    "the primary is killed",
    async () => {
      const primary = await set.primary();
      await primary.kill();
      await set.primary();
      await primary.restart();
    },
  ],
  [
    "the primary freezes, and comes back as if nothing had been",
    async () => {
      const primary = await set.primary();
      primary.pause();
      await set.primary();
      primary.resume();
    },
  ],
  [
    "the primary steps down",
    async () => {
      const client = new MongoClient(set.uri);
      await client.db("admin").command({ replSetStepDown: 10, secondaryCatchUpPeriodSecs: 5 });
      await client.close();
      await set.primary();
    },
  ],
];

it.each(TROUBLES)(
  "%s, and every answer is right",
  async (_, trouble) => {
    const random = randomOf(seedOf("fail-over"));
    const callers = Array.from({ length: CALLERS }, () => new Caller(service.grpc(OPERATOR_TOKEN), random));
    const answers = () => callers.reduce((sum, caller) => sum + caller.answers, 0);
    const settled = async (more: number) => {
      const before = answers();
      await expect.poll(answers, { timeout: 60_000 }).toBeGreaterThan(before + more);
    };
    let isOver = false;
    const running = Promise.all(callers.map((caller) => caller.run(() => isOver)));
    try {
      await Promise.race([settled(40), running]);
      await Promise.race([trouble(), running]);
      await Promise.race([settled(40), running]);
    } finally {
      isOver = true;
    }
    await running;
    await set.ready();
    await expectAll(callers);
  },
  240_000,
);

/** Every acknowledged key is there and every acknowledged deletion holds, in the list as in Verify. */
async function expectAll(callers: readonly Caller[]): Promise<void> {
  const client = service.grpc(OPERATOR_TOKEN);
  const listed = new Set<string>();
  let pageToken = "";
  do {
    const page = await client.listApiKeys({ projectId: PROJECT, pageSize: 500, pageToken });
    for (const { keyId } of page.apiKeys) listed.add(keyId);
    pageToken = page.nextPageToken;
  } while (pageToken !== "");
  const verdictOf = async (key: string) => (await client.verifyApiKey({ key })).verdict;
  for (const { alive, dead, doubtful } of callers) {
    expect(alive.filter(({ keyId }) => !listed.has(keyId))).toEqual([]);
    expect(dead.filter(({ keyId }) => listed.has(keyId))).toEqual([]);
    for (const { key } of alive) expect(await verdictOf(key)).toBe(Verdict.VALID);
    for (const { key } of dead) expect(await verdictOf(key)).toBe(Verdict.NOT_FOUND);
    // A Delete that was not acknowledged may still be under way: what is gone stays gone.
    for (const { key, keyId } of doubtful) {
      if (!listed.has(keyId)) expect(await verdictOf(key)).toBe(Verdict.NOT_FOUND);
    }
  }
}
