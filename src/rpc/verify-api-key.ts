import type { MessageInitShape } from "@bufbuild/protobuf";
import type { Verdict } from "../../gen/keyfast/v1/api_key_pb.ts";
import type {
  VerifyApiKeyRequest,
  VerifyApiKeyResponseSchema,
} from "../../gen/keyfast/v1/api_key_service_pb.ts";
import type { Caller } from "../domain/caller.ts";
import type { LiveKey } from "../domain/key.ts";
import { parseKeyText } from "../domain/key-text.ts";
import { EVERYWHERE, judge, MALFORMED, NOT_FOUND } from "../domain/verdict.ts";
import type { KeyFinder } from "../verify/key-finder.ts";
import { toIdentity } from "./convert.ts";

type Response = MessageInitShape<typeof VerifyApiKeyResponseSchema>;

/** Answers without a promise where memory can tell. */
export function createVerifyApiKey(finder: KeyFinder) {
  return (request: VerifyApiKeyRequest, caller: Caller): Response | Promise<Response> => {
    const keyId = parseKeyText(request.key);
    if (keyId === undefined) return { verdict: MALFORMED };
    const found = finder.find(request.key, keyId);
    if (found instanceof Promise) return found.then((key) => answer(key, request, caller));
    return answer(found, request, caller);
  };
}

function answer(key: LiveKey | undefined, request: VerifyApiKeyRequest, caller: Caller): Response {
  if (!key) return { verdict: NOT_FOUND };
  const pins = caller.kind === "service" ? caller.pins : EVERYWHERE;
  const { required, environment, projectId } = request;
  const { verdict, missing } = judge(key, { required, environment, projectId, pins }, Date.now());
  return { verdict: verdict as Verdict, identity: toIdentity(key), missing: [...missing] };
}
