/** Refuses a `Host` or `:authority` that no URL can be made of: the framework would throw, and the process die of it. */
import type { Request } from "./listen.ts";

/** Host names, IPv4 and bracketed IPv6 addresses, with a port or without. */
const AUTHORITY = /^(?:[A-Za-z0-9._~-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])(?::\d{1,5})?$/;

export function hasUsableAuthority(request: Request): boolean {
  const authority = request.headers[":authority"] ?? request.headers.host;
  if (typeof authority !== "string" || !AUTHORITY.test(authority)) return false;
  return URL.canParse(request.url ?? "", `http://${authority}`);
}
