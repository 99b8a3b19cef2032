/** What has to be remembered of sign-ins that are under way: each in a cookie of its own, so that tabs do not meet. */
import { createHash } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { type CookieKind, cookieNames, nameOf, readCookie, writeCookie } from "./cookies.ts";

export const ATTEMPT_MS = 10 * 60_000;
/** More than these, the oldest are given up. */
const MAX_ATTEMPTS = 4;
/** Of those that are there already, together; the new one and a session have to fit beside them. */
const MAX_OTHERS_LENGTH = 1_500;
const ID_LENGTH = 16;
const NAME = new RegExp(`sign_in_([\\w-]{${ID_LENGTH}})`);

/** Lax, since the browser comes back from another site. Beginning sees them too, to know how many there are. */
const kindOf = (id: string): CookieKind => ({
  name: `sign_in_${id}`,
  sameSite: "lax",
  path: "/console",
  maxAge: ATTEMPT_MS / 1_000,
});

/** The provider gives back the state, and nothing else of the attempt. */
const idOf = (state: string) => createHash("sha256").update(state).digest("base64url").slice(0, ID_LENGTH);

/** Those that the browser has, in its order: the oldest first. */
const idsIn = (request: IncomingMessage, origin: string) =>
  cookieNames(request).flatMap((name) => {
    const id = NAME.exec(name)?.[1];
    return id !== undefined && name === nameOf(kindOf(id), origin) ? [id] : [];
  });

export const readAttempt = (request: IncomingMessage, origin: string, state: string) =>
  readCookie(request, kindOf(idOf(state)), origin);

export function keepAttempt(
  request: IncomingMessage,
  response: ServerResponse,
  origin: string,
  { state, sealed }: { state: string; sealed: string },
): void {
  let length = 0;
  for (const [index, id] of idsIn(request, origin).reverse().entries()) {
    length += readCookie(request, kindOf(id), origin)?.length ?? 0;
    const isKept = index < MAX_ATTEMPTS - 1 && length <= MAX_OTHERS_LENGTH;
    if (!isKept) writeCookie(request, response, kindOf(id), origin, undefined);
  }
  writeCookie(request, response, kindOf(idOf(state)), origin, sealed);
}

export const dropAttempt = (
  request: IncomingMessage,
  response: ServerResponse,
  origin: string,
  state: string,
) => writeCookie(request, response, kindOf(idOf(state)), origin, undefined);
