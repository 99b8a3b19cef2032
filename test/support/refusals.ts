/** Looking at an error as it stands on the wire. */
import { Code } from "@connectrpc/connect";
import { expect } from "vitest";
import { BadRequestSchema, ErrorInfoSchema } from "../../gen/google/rpc/error_details_pb.ts";
import { ErrorReasonSchema } from "../../gen/keyfast/v1/error_reason_pb.ts";
import { errorIn, type RawAnswer } from "./wire.ts";

const REASONS = new Set(ErrorReasonSchema.values.map(({ name }) => name.replace("ERROR_REASON_", "")));
/** Reasons that are about fields, and list them. */
const ABOUT_FIELDS = new Set(["FIELD_INVALID", "PAGE_TOKEN_INVALID"]);

export interface Refusal {
  readonly code: Code;
  readonly reason: string;
  /** The fields that are complained about. */
  readonly fields?: readonly string[];
}

/** The answer is this error: one ErrorInfo of ours with a reason of the contract, BadRequest where it is about fields. */
export function expectRefusal(answer: RawAnswer, expected: Refusal): void {
  const error = errorIn(answer);
  if (!error) throw new Error(`expected ${expected.reason}, and the call went well`);
  const infos = error.findDetails(ErrorInfoSchema);
  const told = {
    code: Code[error.code],
    reasons: infos.map(({ reason }) => reason),
    domains: infos.map((i) => i.domain),
  };
  expect(told).toEqual({ code: Code[expected.code], reasons: [expected.reason], domains: ["keyfast"] });
  expect(REASONS).toContain(expected.reason);
  const fields = error
    .findDetails(BadRequestSchema)
    .flatMap((b) => b.fieldViolations.map(({ field }) => field));
  expect(fields.length > 0).toBe(ABOUT_FIELDS.has(expected.reason));
  if (expected.fields) expect(fields.toSorted()).toEqual(expected.fields.toSorted());
}
