/** The one place that says how each fault is answered: status, ErrorInfo, BadRequest. */
import { create } from "@bufbuild/protobuf";
import { Code, ConnectError } from "@connectrpc/connect";
import { setTrailerStatus } from "@connectrpc/connect/protocol-grpc";
import { BadRequestSchema, ErrorInfoSchema } from "../../gen/google/rpc/error_details_pb.ts";
import { KeyfastError, messageUnreadable, type Reason } from "../domain/errors.ts";

export const ERROR_DOMAIN = "keyfast";

const CODES: Readonly<Record<Reason, Code>> = {
  CREDENTIAL_MISSING: Code.Unauthenticated,
  CREDENTIAL_INVALID: Code.Unauthenticated,
  METHOD_NOT_ALLOWED: Code.PermissionDenied,
  PROJECT_NOT_ALLOWED: Code.PermissionDenied,
  MESSAGE_UNREADABLE: Code.InvalidArgument,
  MESSAGE_TOO_LARGE: Code.ResourceExhausted,
  ENCODING_NOT_SUPPORTED: Code.Unimplemented,
  FIELD_INVALID: Code.InvalidArgument,
  PAGE_TOKEN_INVALID: Code.InvalidArgument,
  KEY_EXCEEDS_CALLER: Code.PermissionDenied,
  KEY_NOT_FOUND: Code.NotFound,
  REQUEST_ID_REUSED: Code.AlreadyExists,
  METHOD_UNKNOWN: Code.Unimplemented,
  DATABASE_UNAVAILABLE: Code.Unavailable,
  ISSUER_UNAVAILABLE: Code.Unavailable,
  SHUTTING_DOWN: Code.Unavailable,
  DEADLINE_EXCEEDED: Code.DeadlineExceeded,
  CANCELED: Code.Canceled,
  INTERNAL: Code.Internal,
  OVERLOADED: Code.Unavailable,
};

export function toConnectError(error: KeyfastError): ConnectError {
  const answer = new ConnectError(error.message, CODES[error.reason], undefined, undefined, error);
  attachDetails(answer, error);
  return answer;
}

function attachDetails(answer: ConnectError, error: KeyfastError): void {
  const info = { reason: error.reason, domain: ERROR_DOMAIN, metadata: { ...error.metadata } };
  answer.details = [{ desc: ErrorInfoSchema, value: info }];
  if (error.violations.length > 0) {
    const violations = error.violations.map(({ field, description }) => ({ field, description }));
    answer.details.push({
      desc: BadRequestSchema,
      value: create(BadRequestSchema, { fieldViolations: violations }),
    });
  }
}

/** How the framework's own refusals are told. Their texts repeat what was sent, so they are replaced. */
const FRAMEWORK: Partial<Record<Code, KeyfastError>> = {
  [Code.InvalidArgument]: messageUnreadable(),
  // Bytes that are not Protobuf are told as internal by the framework; they are the sender's fault.
  [Code.Internal]: messageUnreadable(),
  [Code.ResourceExhausted]: new KeyfastError("MESSAGE_TOO_LARGE", "the message is larger than 64 KiB"),
  [Code.Unimplemented]: new KeyfastError("ENCODING_NOT_SUPPORTED", "the encoding is not supported"),
  [Code.DeadlineExceeded]: new KeyfastError("DEADLINE_EXCEEDED", "the deadline has passed"),
  [Code.Canceled]: new KeyfastError("CANCELED", "the call was canceled"),
  [Code.Aborted]: new KeyfastError("CANCELED", "the call was canceled"),
  [Code.Unavailable]: new KeyfastError("SHUTTING_DOWN", "the server is shutting down, try again"),
};

const INTERNAL = new KeyfastError("INTERNAL", "internal error");

/** The framework says UNIMPLEMENTED of an unknown compression, and of any number of messages but one. */
const isWrongCount = (error: ConnectError) =>
  error.code === Code.Unimplemented && !error.rawMessage.includes("compression");

/** What a refusal that the framework made itself means. */
const frameworkRefusal = (error: ConnectError): KeyfastError =>
  FRAMEWORK[isWrongCount(error) ? Code.InvalidArgument : error.code] ?? INTERNAL;

const isErrorInfo = (detail: ConnectError["details"][number]) =>
  "desc" in detail && detail.desc.typeName === ErrorInfoSchema.typeName;

const isOurs = (error: ConnectError) => error.details.some(isErrorInfo);

/** Rewrites, in place, an error that the framework is about to send: our code, text and details, nothing of the input. */
export function adoptFrameworkError(error: unknown): void {
  if (!(error instanceof ConnectError) || isOurs(error)) return;
  const { code, rawMessage, message, details } = toConnectError(frameworkRefusal(error));
  // Read-only by type only: until it is written to the wire this is the one place where it can still be changed.
  Object.assign(error, { code, rawMessage, message, details, cause: undefined });
}

/** Any thrown value as what is answered. Unknown ones are INTERNAL, without a word of their cause. */
export function answerFor(error: unknown): ConnectError {
  if (error instanceof KeyfastError) return toConnectError(error);
  if (error instanceof ConnectError) {
    adoptFrameworkError(error);
    return error;
  }
  return toConnectError(INTERNAL);
}

/** The reason that a thrown value is answered with. */
export function reasonOf(error: unknown): Reason {
  if (error instanceof KeyfastError) return error.reason;
  const info = answerFor(error).details.find(isErrorInfo);
  return (info as { value: { reason: Reason } } | undefined)?.value.reason ?? "INTERNAL";
}

/** The headers of an answer without a body, in which gRPC tells an error; as HTTP the answer is a success. */
export function grpcErrorHeaders(contentType: string, error: unknown): Record<string, string> {
  const status = setTrailerStatus(new Headers(), answerFor(error));
  return { "content-type": contentType, ...Object.fromEntries(status) };
}
