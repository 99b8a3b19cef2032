/** Refuses a `Host` or `:authority` that no URL can be made of: the framework would throw, and the process die of it. */
import type { IncomingHttpHeaders } from "node:http2";

/** Host names, IPv4 and bracketed IPv6 addresses, with a port or without. */
const AUTHORITY = /^(?:[A-Za-z0-9._~-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])(?::\d{1,5})?$/;

/** The last pair that was found good: nearly all requests of a client repeat it. */
let known: { readonly authority: string; readonly path: string } | undefined;

export function hasUsableAuthority(headers: IncomingHttpHeaders, path = headers[":path"]): boolean {
  const authority = headers[":authority"] ?? headers.host;
  if (typeof authority !== "string") return false;
  if (known && known.authority === authority && known.path === path) return true;
  if (!AUTHORITY.test(authority) || !URL.canParse(path ?? "", `http://${authority}`)) return false;
  known = { authority, path: path ?? "" };
  return true;
}
