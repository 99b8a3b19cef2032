import { timestampFromDate } from "@bufbuild/protobuf/wkt";
import type { DeleteApiKeyRequest } from "../../gen/keyfast/v1/api_key_service_pb.ts";
import { type Caller, callerName } from "../domain/caller.ts";
import { keyNotFound } from "../domain/errors.ts";
import type { Store } from "../store/store.ts";
import { type Barrier, revoke } from "../verify/revoke.ts";
import { scopeOf } from "./scope.ts";

export function createDeleteApiKey(store: Store, barrier: Barrier) {
  return async (request: DeleteApiKeyRequest, caller: Caller) => {
    const scope = scopeOf(caller, request.projectId);
    const done = await revoke(store, barrier, scope, request.keyId, callerName(caller));
    if (!done.existed) throw keyNotFound();
    const receipt = {
      revokeTime: timestampFromDate(done.time),
      replicasAcknowledged: done.acknowledged,
      replicasFenced: done.fenced,
    };
    return { receipt };
  };
}
