import type { GetApiKeyRequest } from "../../gen/keyfast/v1/api_key_service_pb.ts";
import type { Caller } from "../domain/caller.ts";
import { keyNotFound } from "../domain/errors.ts";
import type { KeyCollection } from "../store/keys.ts";
import { toApiKey } from "./convert.ts";
import { scopeOf } from "./scope.ts";

export const createGetApiKey =
  (keys: Pick<KeyCollection, "get">) => async (request: GetApiKeyRequest, caller: Caller) => {
    const key = await keys.get(scopeOf(caller, request.projectId), request.keyId);
    if (!key) throw keyNotFound();
    return { apiKey: toApiKey(key) };
  };
