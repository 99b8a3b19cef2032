/** Cookies that hold sealed texts: HttpOnly, and in several pieces where one cookie would be too small. */
import type { IncomingMessage, ServerResponse } from "node:http";
import { parseCookie, stringifySetCookie } from "cookie";

/** Browsers take 4096 bytes a cookie, its name and attributes counted. */
const PIECE_LENGTH = 3_800;
/** Leaves room for the other headers below the server's limit. */
const MAX_PIECES = 6;

/** A sealed text that no browser would keep, or that the server would not take back. */
export class CookieTooLargeError extends Error {
  override readonly name = "CookieTooLargeError";
}

export interface CookieKind {
  readonly name: string;
  readonly sameSite: "strict" | "lax";
  readonly path: string;
  /** In seconds. Without it the browser's session is the cookie's end. */
  readonly maxAge?: number;
}

/** `origin` is the console's own: on https the cookie is Secure and bound to the host by its name's prefix. */
export function nameOf({ name, path }: CookieKind, origin: string): string {
  const { protocol, port } = new URL(origin);
  if (protocol !== "https:") return `keyfast_${name}_${port || "80"}`;
  return `${path === "/" ? "__Host-" : "__Secure-"}keyfast_${name}`;
}

const pieceName = (base: string, index: number) => (index === 0 ? base : `${base}.${index}`);

const cookiesOf = (request: IncomingMessage) => parseCookie(request.headers.cookie ?? "");

/** Of all cookies that came along, pieces among them. */
export const cookieNames = (request: IncomingMessage) => Object.keys(cookiesOf(request));

export function readCookie(request: IncomingMessage, kind: CookieKind, origin: string): string | undefined {
  const cookies = cookiesOf(request);
  const base = nameOf(kind, origin);
  let text = "";
  for (let index = 0; index < MAX_PIECES; index++) {
    const piece = cookies[pieceName(base, index)];
    if (!piece) break;
    text += piece;
  }
  return text === "" ? undefined : text;
}

/** Replaces what the browser has of this kind; undefined takes it away. Throws CookieTooLargeError. */
export function writeCookie(
  request: IncomingMessage,
  response: ServerResponse,
  kind: CookieKind,
  origin: string,
  text: string | undefined,
): void {
  const base = nameOf(kind, origin);
  const pieces = text?.match(new RegExp(`.{1,${PIECE_LENGTH}}`, "gs")) ?? [];
  if (pieces.length > MAX_PIECES) throw new CookieTooLargeError("the credential is too long for a session");
  const had = cookiesOf(request);
  for (let index = 0; index < MAX_PIECES; index++) {
    const name = pieceName(base, index);
    const value = pieces[index];
    if (value === undefined && had[name] === undefined) continue;
    const line = stringifySetCookie({
      name,
      value: value ?? "",
      httpOnly: true,
      secure: new URL(origin).protocol === "https:",
      sameSite: kind.sameSite,
      path: kind.path,
      ...(value === undefined ? { maxAge: 0 } : kind.maxAge === undefined ? {} : { maxAge: kind.maxAge }),
    });
    response.appendHeader("set-cookie", line);
  }
}
