/** Projects that states are shown with and that none of them changes. */
import { READ, restrictedTo, UNRESTRICTED, WRITE } from "../../../src/domain/access.ts";
import { Environment } from "../../support/keys.ts";
import type { TestService } from "../../support/service.ts";
import { type StoredKey, storeKeys } from "../support/stored-keys.ts";

/** Keys of every kind. */
export const STOCKED = "stocked";
/** Three pages of keys. */
export const PAGED = "paged";
const PAGED_COUNT = 120;

const ALL = Array.from({ length: 19 }, (_, index) => ({
  resource: index + 1,
  level: index % 2 ? READ : WRITE,
}));

export const LONG_NAME = `Long_${"name_".repeat(19)}`;

const KEYS: readonly StoredKey[] = [
  { displayName: "Old_And_Open", ageDays: 400, access: UNRESTRICTED },
  { displayName: LONG_NAME, environment: Environment.STAGING, access: restrictedTo(ALL) },
  {
    displayName: "Expired",
    environment: Environment.DEVELOPMENT,
    expireTime: new Date("2020-01-01"),
    access: restrictedTo([]),
  },
  { displayName: "Plain", creator: `user:${"x".repeat(120)}` },
];

export async function stock(service: TestService): Promise<void> {
  await storeKeys(service, STOCKED, KEYS);
  const paged = Array.from({ length: PAGED_COUNT }, (_, index) => ({ displayName: `Key_${index}` }));
  await storeKeys(service, PAGED, paged);
}
