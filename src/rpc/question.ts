/** What a Verify on the short path asks. */
import { fromBinary } from "@bufbuild/protobuf";
import { VerifyApiKeyRequestSchema } from "../../gen/keyfast/v1/api_key_service_pb.ts";
import type { Caller } from "../domain/caller.ts";
import { messageUnreadable } from "../domain/errors.ts";
import type { Question } from "../verify/verifier.ts";
import { authorizeProject } from "./authorize.ts";
import { checkMessage } from "./check.ts";
import { FRAME_HEADER_BYTES, isWholeFrame } from "./frame.ts";
import { readPlainQuestion } from "./plain-question.ts";
import type { RequestValidator } from "./validate.ts";

/**
 * Whatever way the body is read, the same holds of it: the caller may ask it, and its fields keep their rules. Throws
 * MESSAGE_UNREADABLE where it is not one whole frame with a message of this kind.
 */
export function readQuestion(
  validator: RequestValidator,
  caller: Caller,
  body: Buffer | undefined,
): Question {
  if (!body || !isWholeFrame(body)) throw messageUnreadable();
  const plain = readPlainQuestion(body, FRAME_HEADER_BYTES);
  if (plain) {
    authorizeProject(caller, plain.projectId);
    return plain;
  }
  const request = decode(body.subarray(FRAME_HEADER_BYTES));
  checkMessage(validator, caller, VerifyApiKeyRequestSchema, request);
  return request;
}

function decode(message: Uint8Array) {
  try {
    return fromBinary(VerifyApiKeyRequestSchema, message);
  } catch (cause) {
    throw messageUnreadable(cause);
  }
}
