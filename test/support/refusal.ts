/** A refusal as the server sends it by Connect with JSON: status, and the error with its details. */
import type { JsonObject } from "@bufbuild/protobuf";
import { codeToHttpStatus, errorToJson } from "@connectrpc/connect/protocol-connect";
import { type FieldViolation, KeyfastError, type Reason } from "../../src/domain/errors.ts";
import { toConnectError } from "../../src/rpc/errors.ts";

export function refusalOf(
  reason: Reason,
  violations: readonly FieldViolation[] = [],
): { status: number; json: JsonObject } {
  const error = toConnectError(new KeyfastError(reason, "refused by the test", { violations }));
  return { status: codeToHttpStatus(error.code), json: errorToJson(error, undefined) };
}
