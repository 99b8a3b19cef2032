/** For every reason that a call can fail with, the page says what it means and what to do. */
import type { JsonObject } from "@bufbuild/protobuf";
import { Code, ConnectError } from "@connectrpc/connect";
import { errorFromJson, errorToJson } from "@connectrpc/connect/protocol-connect";
import { describe, expect, it } from "vitest";
import { ErrorInfoSchema } from "../../gen/google/rpc/error_details_pb.ts";
import { type ProblemKind, problemOf } from "../../src/console/app/api/problem.ts";
import type { FieldViolation, Reason } from "../../src/domain/errors.ts";
import { refusalOf } from "../support/refusal.ts";

interface Told {
  readonly kind: ProblemKind;
  readonly title: string;
  /** What to do, as a sentence of the advice starts. */
  readonly action: string;
}

const SESSION_ENDED = {
  kind: "signed-out",
  title: "Your session has ended",
  action: "Sign in again",
} as const;
const OUTDATED = {
  kind: "outdated",
  title: "This page does not fit the service",
  action: "Reload it",
} as const;

const TOLD: Readonly<Record<Reason, Told>> = {
  CREDENTIAL_MISSING: SESSION_ENDED,
  CREDENTIAL_INVALID: SESSION_ENDED,
  PROJECT_NOT_ALLOWED: {
    kind: "not-administrator",
    title: "You are not an administrator of this project",
    action: "Ask one of them for access",
  },
  METHOD_NOT_ALLOWED: {
    kind: "not-administrator",
    title: "Your sign-in may not manage API keys",
    action: "Sign out, and sign in as an administrator",
  },
  MESSAGE_UNREADABLE: OUTDATED,
  METHOD_UNKNOWN: OUTDATED,
  ENCODING_NOT_SUPPORTED: OUTDATED,
  MESSAGE_TOO_LARGE: { kind: "refused", title: "What you entered is too long", action: "Shorten it" },
  FIELD_INVALID: { kind: "fields", title: "Some entries need another look", action: "Correct them" },
  PAGE_TOKEN_INVALID: {
    kind: "page-token",
    title: "This page of the list cannot be opened",
    action: "Go to the first page",
  },
  KEY_EXCEEDS_CALLER: {
    kind: "refused",
    title: "The new key could do more than you may",
    action: "Give it fewer permissions",
  },
  KEY_NOT_FOUND: {
    kind: "not-found",
    title: "This key was already deleted",
    action: "Nothing is left to do",
  },
  REQUEST_ID_REUSED: {
    kind: "request-id",
    title: "An earlier attempt has already created a key",
    action: "Look for it in the table",
  },
  DATABASE_UNAVAILABLE: {
    kind: "uncertain",
    title: "The service cannot reach its database",
    action: "Try again in a moment",
  },
  ISSUER_UNAVAILABLE: {
    kind: "refused",
    title: "Your sign-in cannot be checked",
    action: "Try again in a moment",
  },
  SHUTTING_DOWN: {
    kind: "uncertain",
    title: "The service is restarting",
    action: "Try again in a moment",
  },
  DEADLINE_EXCEEDED: {
    kind: "uncertain",
    title: "The service took too long",
    action: "Try again in a moment",
  },
  CANCELED: { kind: "uncertain", title: "The call was broken off", action: "Try again" },
  INTERNAL: { kind: "uncertain", title: "Something went wrong in the service", action: "Try again" },
  OVERLOADED: { kind: "refused", title: "The service is busy", action: "Try again in a moment" },
};

/** The first words of each sentence. */
const startsWith = (text: string, action: string) =>
  text.split(/(?<=[.:]) /).some((sentence) => sentence.startsWith(action));

/** What the page makes of what the server sends. */
const received = (json: JsonObject) =>
  problemOf(errorFromJson(json, undefined, new ConnectError("not read", Code.Unknown)));

const problemWith = (reason: Reason, violations?: readonly FieldViolation[]) =>
  received(refusalOf(reason, violations).json);

describe("what the page says of", () => {
  it.each(Object.entries(TOLD))("%s", (reason, { kind, title, action }) => {
    const problem = problemWith(reason as Reason);
    expect(problem).toMatchObject({ kind, title, fields: [] });
    expect(startsWith(problem.advice, action), problem.advice).toBe(true);
  });

  it("fields, each with its rule", () => {
    const field = "restricted.permissions[2].level";
    expect(problemWith("FIELD_INVALID", [{ field, description: "is unknown" }]).fields).toEqual([
      { field, message: "is unknown" },
    ]);
  });

  it.each([
    [Code.Unauthenticated, "signed-out", "Your session has ended"],
    [Code.Unavailable, "uncertain", "The service does not answer"],
    [Code.DeadlineExceeded, "uncertain", "The service took too long"],
    [Code.Unimplemented, "uncertain", "Something went wrong in the service"],
  ] as const)("an answer of something in between, code %i", (code, kind, title) => {
    const problem = problemOf(new ConnectError("<html>", code));
    expect(problem).toMatchObject({ kind, title });
    expect(problem.advice).toMatch(/Try again|Sign in again/);
  });

  it("no answer at all", () => {
    const problem = problemOf(new TypeError("Failed to fetch"));
    expect(problem).toMatchObject({ kind: "uncertain", title: "There is no connection to the service" });
    expect(problem.advice).toBe("Check the network, then try again.");
  });

  it.each(["NOT_YET_KNOWN", "constructor"])("the reason %s of another service, by its code", (reason) => {
    const info = { desc: ErrorInfoSchema, value: { reason, domain: "keyfast" } };
    const error = new ConnectError("new", Code.Unavailable, undefined, [info]);
    expect(received(errorToJson(error, undefined)).title).toBe("The service does not answer");
  });
});
