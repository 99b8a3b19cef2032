import { createHash } from "node:crypto";
import type { CreateApiKeyRequest } from "../../gen/keyfast/v1/api_key_service_pb.ts";
import { type Caller, callerName } from "../domain/caller.ts";
import { digestsMatch, type Pepper } from "../domain/digest.ts";
import { invalidField, KeyfastError } from "../domain/errors.ts";
import { isExpired, type KeyRecord } from "../domain/key.ts";
import { containsKey, NO_KEY_RULE } from "../domain/key-outline.ts";
import { trimName } from "../domain/name.ts";
import { type KeyWish, makeKey, type NewKey, requireWithin } from "../domain/new-key.ts";
import type { RequestName } from "../store/requests.ts";
import type { Store } from "../store/store.ts";
import { matchesKey, type Peppers } from "../verify/match.ts";
import { credentialInvalid } from "./authenticate.ts";
import { toAccess, toApiKey, toDate } from "./convert.ts";

export interface CreateDependencies {
  readonly store: Store;
  readonly peppers: Peppers;
  readonly currentPepper: Pepper;
  /** What new keys start with, such as `kf`. */
  readonly keyPrefix: string;
}

export function createCreateApiKey(deps: CreateDependencies) {
  return async (request: CreateApiKeyRequest, caller: Caller) => {
    const wish = wishOf(request);
    requireNoSecret(wish);
    const name = requestName(request, caller);
    const remembered = name && (await findRemembered(deps, name, wish));
    if (remembered) return { apiKey: toApiKey(remembered) };
    requireFuture(wish);
    if (caller.kind === "key") requireWithin(wish, caller.key);
    const key = makeKey(wish, callerName(caller), deps.keyPrefix, deps.currentPepper);
    if (await insert(deps, key, caller, name)) return { apiKey: toApiKey(key.record), key: key.text };
    // Somebody else's retry of the same request was quicker.
    const theirs = name && (await findRemembered(deps, name, wish));
    if (!theirs) throw new KeyfastError("DATABASE_UNAVAILABLE", "the request met another one, try again");
    return { apiKey: toApiKey(theirs) };
  };
}

function wishOf(request: CreateApiKeyRequest): KeyWish {
  return {
    projectId: request.projectId,
    displayName: trimName(request.displayName),
    access: toAccess(request.access),
    environment: request.environment,
    expireTime: toDate(request.expireTime, "expire_time"),
  };
}

function requireNoSecret({ displayName }: KeyWish): void {
  if (containsKey(displayName)) throw invalidField("display_name", NO_KEY_RULE);
}

function requireFuture(wish: KeyWish): void {
  if (isExpired(wish, Date.now())) throw invalidField("expire_time", "must be in the future");
}

function requestName(request: CreateApiKeyRequest, caller: Caller): RequestName | undefined {
  if (request.requestId === "") return undefined;
  const requestId = request.requestId.toLowerCase();
  return { projectId: request.projectId, caller: callerName(caller), requestId };
}

function argumentsDigest(wish: KeyWish): Uint8Array {
  const expires = wish.expireTime?.getTime() ?? null;
  const text = JSON.stringify([wish.displayName, wish.access, wish.environment, expires]);
  return createHash("sha256").update(text).digest();
}

/** The key that this request made before; REQUEST_ID_REUSED where it was another request or the key is gone. */
async function findRemembered(
  { store }: CreateDependencies,
  name: RequestName,
  wish: KeyWish,
): Promise<KeyRecord | undefined> {
  const remembered = await store.requests.find(name);
  if (!remembered) return undefined;
  if (!digestsMatch(remembered.argumentsDigest, argumentsDigest(wish))) {
    throw new KeyfastError("REQUEST_ID_REUSED", "the request id was used with other arguments");
  }
  const scope = { projectId: name.projectId, environment: undefined };
  const key = await store.keys.get(scope, remembered.keyId);
  if (!key) throw new KeyfastError("REQUEST_ID_REUSED", "the key that this request created has been deleted");
  return key;
}

/** False where the same request has been remembered already: then nothing was inserted. */
function insert(
  deps: CreateDependencies,
  { record }: NewKey,
  caller: Caller,
  name: RequestName | undefined,
): Promise<boolean> {
  const { store } = deps;
  const event = {
    action: "create",
    projectId: record.projectId,
    keyId: record.keyId,
    actor: record.creator,
  } as const;
  return store
    .transaction(async (session) => {
      if (caller.kind === "key") await requireStillValid(deps, caller, session);
      if (name) {
        const request = { keyId: record.keyId, argumentsDigest: argumentsDigest(record) };
        if (!(await store.requests.remember(name, request, session))) return false;
      }
      await store.keys.insert(record, session);
      await store.audit.insert(event, session);
      return true;
    })
    .then(({ result }) => result);
}

/**
 * The creating key must still be there in the snapshot that the new key becomes part of. The write makes a Delete of
 * the creating key and this transaction conflict: two snapshots alone would let both commit.
 */
async function requireStillValid(
  { store, peppers }: CreateDependencies,
  caller: Caller & { kind: "key" },
  session: Parameters<Parameters<Store["transaction"]>[0]>[0],
): Promise<void> {
  const key = await store.keys.lockInTransaction(caller.key.keyId, session);
  if (!key || isExpired(key, Date.now()) || !matchesKey(peppers, key, caller.text)) throw credentialInvalid();
}
