/** The five rpcs, wired to what they need. */
import type { ConnectRouter, HandlerContext } from "@connectrpc/connect";
import { ApiKeyService } from "../../gen/keyfast/v1/api_key_service_pb.ts";
import type { Caller } from "../domain/caller.ts";
import type { Pepper } from "../domain/digest.ts";
import { KeyfastError } from "../domain/errors.ts";
import { PageTokens } from "../domain/page-token.ts";
import { KeyPages } from "../store/key-pages.ts";
import { type Deletions, KnownTotals } from "../store/known-totals.ts";
import type { Store } from "../store/store.ts";
import { pepperMap } from "../verify/match.ts";
import type { Barrier } from "../verify/revoke.ts";
import type { Verify } from "../verify/verifier.ts";
import { callerKey } from "./call.ts";
import { createCreateApiKey } from "./create-api-key.ts";
import { createDeleteApiKey } from "./delete-api-key.ts";
import { createGetApiKey } from "./get-api-key.ts";
import { createListApiKeys } from "./list-api-keys.ts";
import { createVerifyApiKey } from "./verify-api-key.ts";

export interface ServiceDependencies {
  readonly store: Store;
  readonly verify: Verify;
  readonly barrier: Barrier;
  /** Undefined while this process may be missing some. */
  readonly deletions: () => Deletions | undefined;
  readonly currentPepper: Pepper;
  readonly retiredPeppers: readonly Pepper[];
  readonly keyPrefix: string;
}

export function createHandlers(deps: ServiceDependencies) {
  const { store, verify, barrier, currentPepper, keyPrefix } = deps;
  const all = [currentPepper, ...deps.retiredPeppers];
  const pages = new KeyPages(store.keys.collection, new KnownTotals(deps.deletions));
  return {
    listApiKeys: createListApiKeys(pages, new PageTokens(all)),
    getApiKey: createGetApiKey(store.keys),
    createApiKey: createCreateApiKey({ store, currentPepper, keyPrefix, peppers: pepperMap(all) }),
    deleteApiKey: createDeleteApiKey(store, barrier),
    verifyApiKey: createVerifyApiKey(verify),
  };
}

export type Handlers = ReturnType<typeof createHandlers>;

function callerOf(context: HandlerContext): Caller {
  const caller = context.values.get(callerKey);
  if (!caller) throw new KeyfastError("CREDENTIAL_MISSING", "a credential is needed");
  return caller;
}

export function serve(router: ConnectRouter, handlers: Handlers): void {
  router.service(ApiKeyService, {
    listApiKeys: (request, context) => handlers.listApiKeys(request, callerOf(context)),
    getApiKey: (request, context) => handlers.getApiKey(request, callerOf(context)),
    createApiKey: (request, context) => handlers.createApiKey(request, callerOf(context)),
    deleteApiKey: (request, context) => handlers.deleteApiKey(request, callerOf(context)),
    verifyApiKey: (request, context) => handlers.verifyApiKey(request, callerOf(context)),
  });
}
