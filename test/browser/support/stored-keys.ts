/** Keys that are there already, put into the database by the service's own code: also old ones, and expired ones. */
import { type Access, READ, restrictedTo } from "../../../src/domain/access.ts";
import { makeKey } from "../../../src/domain/new-key.ts";
import { openStore } from "../../../src/store/store.ts";
import { Environment, Resource } from "../../support/keys.ts";
import type { TestService } from "../../support/service.ts";

const DAY_MS = 86_400_000;

export interface StoredKey {
  readonly displayName: string;
  readonly ageDays?: number;
  readonly access?: Access;
  readonly environment?: Environment;
  readonly expireTime?: Date;
  readonly creator?: string;
}

const READ_CALLS = restrictedTo([{ resource: Resource.CALLS, level: READ }]);

/** The first of them is the oldest, unless their ages say otherwise. Gives their ids. */
export async function storeKeys(
  { config }: Pick<TestService, "config">,
  projectId: string,
  keys: readonly StoredKey[],
): Promise<string[]> {
  const store = await openStore(config.mongodbUri, config.database, [config.pepper]);
  const ids: string[] = [];
  await store.client.withSession(async (session) => {
    for (const [index, key] of keys.entries()) {
      const { displayName, access = READ_CALLS, environment = Environment.PRODUCTION, expireTime } = key;
      const wish = { projectId, displayName, access, environment, expireTime };
      const { record } = makeKey(wish, key.creator ?? "operator", "kf", config.pepper);
      const age = (key.ageDays ?? 0) * DAY_MS + (keys.length - index) * 1_000;
      await store.keys.insert({ ...record, createTime: new Date(Date.now() - age) }, session);
      ids.push(record.keyId);
    }
  });
  await store.close();
  return ids;
}
