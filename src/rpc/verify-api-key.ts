import type { MessageInitShape } from "@bufbuild/protobuf";
import type { Verdict } from "../../gen/keyfast/v1/api_key_pb.ts";
import type {
  VerifyApiKeyRequest,
  VerifyApiKeyResponseSchema,
} from "../../gen/keyfast/v1/api_key_service_pb.ts";
import type { Caller } from "../domain/caller.ts";
import type { Verification, Verify } from "../verify/verifier.ts";
import { toIdentity, toPermission } from "./convert.ts";

type Response = MessageInitShape<typeof VerifyApiKeyResponseSchema>;

export function createVerifyApiKey(verify: Verify) {
  return async (request: VerifyApiKeyRequest, caller: Caller): Promise<Response> =>
    toVerifyResponse(await verify(request, caller));
}

export function toVerifyResponse({ verdict, key, missing }: Verification): Response {
  const identity = key && { identity: toIdentity(key) };
  return { verdict: verdict as Verdict, ...identity, missing: missing.map(toPermission) };
}
