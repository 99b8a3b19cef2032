/** What can go wrong, in the project's own words. Knows nothing of gRPC; `rpc/errors.ts` says how each is answered. */

export interface FieldViolation {
  /** The field's path in the request, such as `restricted.permissions[2].level`. */
  readonly field: string;
  /** What the rule is. Never repeats the value. */
  readonly description: string;
}

/** Names of `ErrorReason` in the contract, without the leading `ERROR_REASON_`. */
export type Reason =
  | "CREDENTIAL_MISSING"
  | "CREDENTIAL_INVALID"
  | "METHOD_NOT_ALLOWED"
  | "PROJECT_NOT_ALLOWED"
  | "MESSAGE_UNREADABLE"
  | "MESSAGE_TOO_LARGE"
  | "ENCODING_NOT_SUPPORTED"
  | "FIELD_INVALID"
  | "PAGE_TOKEN_INVALID"
  | "KEY_EXCEEDS_CALLER"
  | "KEY_NOT_FOUND"
  | "REQUEST_ID_REUSED"
  | "METHOD_UNKNOWN"
  | "DATABASE_UNAVAILABLE"
  | "ISSUER_UNAVAILABLE"
  | "SHUTTING_DOWN"
  | "DEADLINE_EXCEEDED"
  | "CANCELED"
  | "INTERNAL"
  | "OVERLOADED";

/** An error whose message is meant for the caller. What is meant for the log goes into `cause`. */
export class KeyfastError extends Error {
  override readonly name = "KeyfastError";
  readonly reason: Reason;
  readonly metadata: Readonly<Record<string, string>>;
  readonly violations: readonly FieldViolation[];

  constructor(
    reason: Reason,
    message: string,
    details: {
      metadata?: Record<string, string>;
      violations?: readonly FieldViolation[];
      cause?: unknown;
    } = {},
  ) {
    super(message, { cause: details.cause });
    this.reason = reason;
    this.metadata = details.metadata ?? {};
    this.violations = details.violations ?? [];
  }
}

export const invalidField = (field: string, description: string) =>
  new KeyfastError("FIELD_INVALID", "a field breaks its rules", { violations: [{ field, description }] });

export const keyNotFound = () => new KeyfastError("KEY_NOT_FOUND", "the project has no such key");

export const messageUnreadable = (cause?: unknown) =>
  new KeyfastError("MESSAGE_UNREADABLE", "the message cannot be read", { cause });
