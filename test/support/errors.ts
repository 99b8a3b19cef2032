import { Code, ConnectError } from "@connectrpc/connect";
import { expect } from "vitest";
import { BadRequestSchema, ErrorInfoSchema } from "../../gen/google/rpc/error_details_pb.ts";

/** The error of a call that must fail, with its one ErrorInfo looked at. */
export async function errorOf(call: Promise<unknown>): Promise<ConnectError> {
  const outcome = await call.then(
    (value) => ({ value }),
    (error: unknown) => ({ error }),
  );
  if (!("error" in outcome)) throw new Error("the call was expected to fail, and did not");
  const error = ConnectError.from(outcome.error);
  const infos = error.findDetails(ErrorInfoSchema);
  expect(infos, error.message).toHaveLength(1);
  expect(infos[0]?.domain).toBe("keyfast");
  return error;
}

export const reasonOf = (error: ConnectError) => error.findDetails(ErrorInfoSchema)[0]?.reason;

export const metadataOf = (error: ConnectError) => error.findDetails(ErrorInfoSchema)[0]?.metadata;

export const fieldsOf = (error: ConnectError) =>
  error.findDetails(BadRequestSchema).flatMap((detail) => detail.fieldViolations.map((v) => v.field));

export async function expectError(call: Promise<unknown>, code: Code, reason: string): Promise<ConnectError> {
  const error = await errorOf(call);
  expect({ code: Code[error.code], reason: reasonOf(error) }).toEqual({ code: Code[code], reason });
  return error;
}
