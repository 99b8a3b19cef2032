/** Delete: one transaction, then the wait until no replica can accept the key any more. */
import type { Timestamp } from "mongodb";
import { KeyfastError } from "../domain/errors.ts";
import type { KeyScope } from "../store/keys.ts";
import type { Store } from "../store/store.ts";

export interface Acknowledgements {
  readonly acknowledged: number;
  readonly fenced: number;
}

export interface Revocation extends Acknowledgements {
  /** Whether the project had the key. */
  readonly existed: boolean;
  /** When the deletion was committed, by the database's clock. */
  readonly time: Date;
}

/** Waits until each replica that might hold the key has applied everything up to `time`, or can hold nothing. */
export type Barrier = (time: Timestamp) => Promise<Acknowledgements>;

/**
 * Deletes the key if the scope has it, and in any case makes sure that no replica accepts it afterwards: an earlier
 * Delete may have committed and failed before it had waited.
 */
export async function revoke(
  store: Store,
  barrier: Barrier,
  scope: KeyScope,
  keyId: string,
  actor: string,
): Promise<Revocation> {
  const { result: existed, time } = await store.transaction(async (session) => {
    const deleted = await store.keys.delete(scope, keyId, session);
    if (deleted) {
      await store.audit.insert({ action: "delete", projectId: scope.projectId, keyId, actor }, session);
    }
    await store.markers.insert(keyId, session);
    return deleted;
  });
  if (!time) {
    throw new KeyfastError("DATABASE_UNAVAILABLE", "the deletion cannot be confirmed, try again", {
      cause: "a commit without operation time",
    });
  }
  const acknowledgements = await barrier(time);
  return { existed, time: new Date(time.getHighBitsUnsigned() * 1_000), ...acknowledgements };
}
