/** What went wrong with a call, and what the person at the page can do about it. */
import { Code, ConnectError } from "@connectrpc/connect";
import { BadRequestSchema, ErrorInfoSchema } from "../../../../gen/google/rpc/error_details_pb.ts";
import type { Reason } from "../../../domain/errors.ts";

export interface FieldProblem {
  /** The path of a field of the request. */
  readonly field: string;
  readonly message: string;
}

export type ProblemKind =
  | "signed-out"
  | "not-administrator"
  | "page-token"
  | "fields"
  | "not-found"
  | "request-id"
  /** The page is older or newer than the service. */
  | "outdated"
  /** Nothing was done. */
  | "refused"
  /** Whether it was done is not known; trying again is safe. */
  | "uncertain";

export interface Problem {
  readonly kind: ProblemKind;
  readonly title: string;
  readonly advice: string;
  readonly fields: readonly FieldProblem[];
}

type Words = Pick<Problem, "kind" | "title" | "advice">;

const SIGNED_OUT: Words = {
  kind: "signed-out",
  title: "Your session has ended",
  advice: "Sign in again to go on.",
};

const OUTDATED: Words = {
  kind: "outdated",
  title: "This page does not fit the service",
  advice: "One of them was renewed while the page was open. Reload it to go on.",
};

const TOO_SLOW: Words = {
  kind: "uncertain",
  title: "The service took too long",
  advice: "It may be busy. Try again in a moment.",
};

const NO_CONNECTION: Words = {
  kind: "uncertain",
  title: "There is no connection to the service",
  advice: "Check the network, then try again.",
};

const FAULT: Words = {
  kind: "uncertain",
  title: "Something went wrong in the service",
  advice: "Try again. If it happens again, tell whoever runs the service: the cause is in its log.",
};

const BY_REASON: Readonly<Record<Reason, Words>> = {
  CREDENTIAL_MISSING: SIGNED_OUT,
  CREDENTIAL_INVALID: SIGNED_OUT,
  PROJECT_NOT_ALLOWED: {
    kind: "not-administrator",
    title: "You are not an administrator of this project",
    advice: "Only administrators can see and manage its API keys. Ask one of them for access.",
  },
  METHOD_NOT_ALLOWED: {
    kind: "not-administrator",
    title: "Your sign-in may not manage API keys",
    advice: "Only administrators can see and manage them. Sign out, and sign in as an administrator.",
  },
  MESSAGE_UNREADABLE: OUTDATED,
  METHOD_UNKNOWN: OUTDATED,
  ENCODING_NOT_SUPPORTED: OUTDATED,
  MESSAGE_TOO_LARGE: {
    kind: "refused",
    title: "What you entered is too long",
    advice: "Shorten it, then try again.",
  },
  PAGE_TOKEN_INVALID: {
    kind: "page-token",
    title: "This page of the list cannot be opened",
    advice:
      "The link was made for another list, or for an earlier state of the service. Go to the first page.",
  },
  FIELD_INVALID: {
    kind: "fields",
    title: "Some entries need another look",
    advice: "Correct them, then try again.",
  },
  KEY_NOT_FOUND: {
    kind: "not-found",
    title: "This key was already deleted",
    advice: "No replica accepts it any more. Nothing is left to do.",
  },
  KEY_EXCEEDS_CALLER: {
    kind: "refused",
    title: "The new key could do more than you may",
    advice: "Give it fewer permissions.",
  },
  REQUEST_ID_REUSED: {
    kind: "request-id",
    title: "An earlier attempt has already created a key",
    advice:
      "Look for it in the table, and delete it if you do not need it. Save again to create another one.",
  },
  DATABASE_UNAVAILABLE: {
    kind: "uncertain",
    title: "The service cannot reach its database",
    advice: "Try again in a moment. If it lasts, tell whoever runs the service.",
  },
  ISSUER_UNAVAILABLE: {
    kind: "refused",
    title: "Your sign-in cannot be checked",
    advice: "The service does not reach the sign-in provider. Try again in a moment.",
  },
  OVERLOADED: {
    kind: "refused",
    title: "The service is busy",
    advice: "It has as many calls under way as it takes. Try again in a moment.",
  },
  SHUTTING_DOWN: { kind: "uncertain", title: "The service is restarting", advice: "Try again in a moment." },
  DEADLINE_EXCEEDED: TOO_SLOW,
  CANCELED: { kind: "uncertain", title: "The call was broken off", advice: "Try again." },
  INTERNAL: FAULT,
};

/** For answers that something between the page and the service gave. */
const BY_CODE: Partial<Record<Code, Words>> = {
  [Code.Unauthenticated]: SIGNED_OUT,
  [Code.DeadlineExceeded]: TOO_SLOW,
  [Code.Unavailable]: {
    kind: "uncertain",
    title: "The service does not answer",
    advice: "Try again in a moment.",
  },
};

export function problemOf(thrown: unknown): Problem {
  const error = ConnectError.from(thrown);
  const reason = error.findDetails(ErrorInfoSchema)[0]?.reason ?? "";
  const fields = error
    .findDetails(BadRequestSchema)
    .flatMap(({ fieldViolations }) => fieldViolations)
    .map(({ field, description }) => ({ field, message: description }));
  return { ...wordsOf(error, reason), fields };
}

function wordsOf(error: ConnectError, reason: string): Words {
  // A newer service may have reasons that this page does not know.
  const words = Object.hasOwn(BY_REASON, reason) ? BY_REASON[reason as Reason] : BY_CODE[error.code];
  if (words) return words;
  // The browser's own failure to fetch has no more of a code than this, and never a reason.
  return error.code === Code.Unknown && reason === "" ? NO_CONNECTION : FAULT;
}
