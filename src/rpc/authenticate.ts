/** From an `authorization` header to a caller. */
import type { Caller } from "../domain/caller.ts";
import { digestsMatch, textDigest } from "../domain/digest.ts";
import { KeyfastError } from "../domain/errors.ts";
import { isExpired, type LiveKey } from "../domain/key.ts";
import { looksLikeKey } from "../domain/key-outline.ts";
import type { Scope } from "../domain/verdict.ts";

/** A token of the configuration, known by its SHA-256 only. */
export interface ServiceCredential {
  readonly name: string;
  readonly digest: Uint8Array;
  readonly pins: Scope;
}

export interface Person {
  readonly subject: string;
  readonly projects: ReadonlySet<string>;
}

export interface Credentials {
  readonly operatorDigests: readonly Uint8Array[];
  readonly services: readonly ServiceCredential[];
  /** Finds the live key that a text stands for: the same look-up that Verify makes. */
  readonly findKey: (keyText: string) => LiveKey | undefined | Promise<LiveKey | undefined>;
  /** Checks a JWT; undefined where no issuer is configured. */
  readonly checkJwt: ((token: string) => Promise<Person>) | undefined;
}

/** Longer than any JWT that fits into the servers' header limit. */
const MAX_CREDENTIAL_LENGTH = 16_384;
const JWT_PATTERN = /^[\w-]+\.[\w-]+\.[\w-]*$/;

export const credentialInvalid = (cause?: unknown) =>
  new KeyfastError("CREDENTIAL_INVALID", "the credential is not valid", { cause });

const credentialMissing = () =>
  new KeyfastError("CREDENTIAL_MISSING", "an authorization header with a bearer credential is needed");

const bearerOf = (header: string | null | undefined): string | undefined =>
  /^bearer +([^\s,]+) *$/i.exec(header ?? "")?.[1];

/** The caller, or CREDENTIAL_MISSING, CREDENTIAL_INVALID, or UNAVAILABLE where it cannot be known. */
export type Authenticate = (header: string | null | undefined) => Caller | Promise<Caller>;

export interface Authenticator {
  readonly authenticate: Authenticate;
  /** The caller behind a token of the configuration; undefined for every other header, good or bad. Never throws. */
  readonly configured: (header: string | undefined) => Caller | undefined;
}

export function createAuthenticator(credentials: Credentials): Authenticator {
  const callerOf = configuredCallers(credentials);
  const authenticate = (header: string | null | undefined): Caller | Promise<Caller> => {
    const token = bearerOf(header);
    if (token === undefined) throw credentialMissing();
    if (token.length > MAX_CREDENTIAL_LENGTH) throw credentialInvalid();
    const known = callerOf(token);
    if (known) return known;
    if (looksLikeKey(token)) return keyCaller(credentials, token);
    if (credentials.checkJwt && JWT_PATTERN.test(token)) return personCaller(credentials.checkJwt, token);
    throw credentialInvalid();
  };
  // A service sends the same header with each of its calls: two digests a call would be one too many.
  let last: { readonly header: string; readonly caller: Caller } | undefined;
  const configured = (header: string | undefined): Caller | undefined => {
    if (last && header !== undefined && isSameText(last.header, header)) return last.caller;
    const token = bearerOf(header);
    if (header === undefined || token === undefined || token.length > MAX_CREDENTIAL_LENGTH) return undefined;
    const caller = callerOf(token);
    if (caller) last = { header, caller };
    return caller;
  };
  return { authenticate, configured };
}

/** In constant time for texts of one length: it looks at every character, whatever it finds. */
function isSameText(a: string, b: string): boolean {
  if (a.length !== b.length) return false;
  let difference = 0;
  for (let i = 0; i < a.length; i++) difference |= a.charCodeAt(i) ^ b.charCodeAt(i);
  return difference === 0;
}

/** Callers by the SHA-256 of their token. The look-up tells nothing of the token, and the digest is compared again. */
function configuredCallers({ operatorDigests, services }: Credentials) {
  const callers = new Map<string, { digest: Uint8Array; caller: Caller }>();
  const add = (digest: Uint8Array, caller: Caller) =>
    callers.set(Buffer.from(digest).toString("latin1"), { digest, caller });
  for (const digest of operatorDigests) add(digest, { kind: "operator" });
  for (const { name, digest, pins } of services) add(digest, { kind: "service", name, pins });
  return (token: string): Caller | undefined => {
    const digest = textDigest(token);
    const entry = callers.get(digest.toString("latin1"));
    return entry && digestsMatch(entry.digest, digest) ? entry.caller : undefined;
  };
}

async function keyCaller(credentials: Credentials, text: string): Promise<Caller> {
  const key = await credentials.findKey(text);
  if (!key || isExpired(key, Date.now())) throw credentialInvalid();
  return { kind: "key", key, text };
}

async function personCaller(check: (token: string) => Promise<Person>, token: string): Promise<Caller> {
  const person = await check(token);
  return { kind: "user", ...person };
}
