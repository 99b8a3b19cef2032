/** Keys, made and stored by the service's own code. */
import {
  type Access,
  type Permission,
  READ,
  restrictedTo,
  UNRESTRICTED,
  WRITE,
} from "../../src/domain/access.ts";
import type { Pepper } from "../../src/domain/digest.ts";
import { makeKey, type NewKey } from "../../src/domain/new-key.ts";
import { toDocument } from "../../src/store/keys.ts";
import type { Store } from "../../src/store/store.ts";
import { projectNames } from "./names.ts";
import { pick, type Random, seededRandom } from "./random.ts";

const RESOURCES = 19;
/** Keys in one insert, and inserts under way: the next ones are made while MongoDB stores these. */
const BATCH = 1_000;
const STORED_AT_ONCE = 4;
const FAR_FUTURE = new Date("2099-01-01T00:00:00Z");

function someAccess(random: Random): Access {
  if (random(5) === 0) return UNRESTRICTED;
  const levels = new Map<number, number>();
  for (let entries = 1 + random(6); entries > 0; entries--) {
    levels.set(1 + random(RESOURCES), pick(random, [READ, WRITE]));
  }
  return restrictedTo([...levels].map(([resource, level]): Permission => ({ resource, level })));
}

/** What the keys of one set have in common. */
export interface KeySet {
  readonly count: number;
  /** The project of the key with this number. */
  readonly project: (index: number) => string;
  readonly pepper: Pepper;
}

export function* newKeys({ count, project, pepper }: KeySet): Generator<NewKey> {
  const random = seededRandom(count);
  let index = 0;
  for (const displayName of projectNames(random, count)) {
    const wish = {
      projectId: project(index++),
      displayName,
      access: someAccess(random),
      environment: 1 + random(3),
      expireTime: random(5) === 0 ? FAR_FUTURE : undefined,
    };
    yield makeKey(wish, "operator", "kf", pepper);
  }
}

/** The keys in batches, for lanes that share one source. */
function* batchesOf(keys: Iterable<NewKey>): Generator<NewKey[], undefined> {
  let batch: NewKey[] = [];
  for (const key of keys) {
    if (batch.push(key) < BATCH) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}

/** Makes and stores the keys, many at a time, and gives them with their texts. */
export async function storeKeys(store: Store, set: KeySet): Promise<NewKey[]> {
  const batches = batchesOf(newKeys(set));
  const stored: NewKey[] = [];
  const storeRest = async () => {
    for (;;) {
      const { value: batch } = batches.next();
      if (!batch) return;
      stored.push(...batch);
      await store.keys.collection.insertMany(
        batch.map(({ record }) => toDocument(record)),
        { ordered: false },
      );
    }
  };
  await Promise.all(Array.from({ length: STORED_AT_ONCE }, storeRest));
  return stored;
}
