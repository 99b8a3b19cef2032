/** Refuses a `Host` or `:authority` that no URL can be made of: the framework would die of it. */
import type { IncomingMessage } from "node:http";
import type { Http2ServerRequest } from "node:http2";

/** Host names, IPv4 and bracketed IPv6 addresses, with a port or without. */
const AUTHORITY = /^(?:[A-Za-z0-9._~-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])(?::\d{1,5})?$/;

export function hasUsableAuthority(request: IncomingMessage | Http2ServerRequest): boolean {
  const authority = request.headers[":authority"] ?? request.headers.host;
  if (typeof authority !== "string" || !AUTHORITY.test(authority)) return false;
  return URL.canParse(request.url ?? "", `http://${authority}`);
}
