/** What went wrong with a call, and what the person at the page can do about it. */
import { Code, ConnectError } from "@connectrpc/connect";
import { BadRequestSchema, ErrorInfoSchema } from "../../../../gen/google/rpc/error_details_pb.ts";

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
  /** Whether it was done is not known; trying again is safe. */
  | "uncertain"
  | "fault";

export interface Problem {
  readonly kind: ProblemKind;
  readonly title: string;
  readonly advice: string;
  readonly fields: readonly FieldProblem[];
}

type Words = Pick<Problem, "kind" | "title" | "advice">;

const BY_REASON: Readonly<Record<string, Words>> = {
  PROJECT_NOT_ALLOWED: {
    kind: "not-administrator",
    title: "You are not an administrator of this project",
    advice: "Only administrators can see and manage its API keys. Ask one of them for access.",
  },
  METHOD_NOT_ALLOWED: {
    kind: "not-administrator",
    title: "Your sign-in may not manage API keys",
    advice: "Only administrators can see and manage a project's API keys.",
  },
  PAGE_TOKEN_INVALID: {
    kind: "page-token",
    title: "This page of the list cannot be opened",
    advice: "The link was made for another list, or for an earlier state of the service.",
  },
  FIELD_INVALID: { kind: "fields", title: "Some entries need another look", advice: "" },
  KEY_NOT_FOUND: {
    kind: "not-found",
    title: "This key was already deleted",
    advice: "No replica accepts it any more.",
  },
  KEY_EXCEEDS_CALLER: {
    kind: "fault",
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
    kind: "fault",
    title: "Your sign-in cannot be checked",
    advice: "The service does not reach the sign-in provider. Try again in a moment.",
  },
  OVERLOADED: {
    kind: "fault",
    title: "The service is busy",
    advice: "It has as many calls under way as it takes. Try again in a moment.",
  },
  SHUTTING_DOWN: { kind: "uncertain", title: "The service is restarting", advice: "Try again in a moment." },
};

const SIGNED_OUT: Words = {
  kind: "signed-out",
  title: "Your session has ended",
  advice: "Sign in again to go on.",
};

const BY_CODE: Partial<Record<Code, Words>> = {
  [Code.Unauthenticated]: SIGNED_OUT,
  [Code.DeadlineExceeded]: {
    kind: "uncertain",
    title: "The service took too long",
    advice: "It may be busy. Try again in a moment.",
  },
  [Code.Unavailable]: {
    kind: "uncertain",
    title: "The service does not answer",
    advice: "Try again in a moment.",
  },
};

const NO_CONNECTION: Words = {
  kind: "uncertain",
  title: "There is no connection to the service",
  advice: "Check the network, then try again.",
};

const FAULT: Words = {
  kind: "fault",
  title: "Something went wrong in the service",
  advice: "Try again. If it happens again, tell whoever runs the service: the cause is in its log.",
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
  const words = BY_REASON[reason] ?? BY_CODE[error.code];
  if (words) return words;
  // The browser's own failure to fetch has no more of a code than this, and never a reason.
  return error.code === Code.Unknown && reason === "" ? NO_CONNECTION : FAULT;
}
