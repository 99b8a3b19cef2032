/** Cross-origin calls, from configured origins only. */
import type { IncomingMessage, ServerResponse } from "node:http";
import { cors } from "@connectrpc/connect";

const PREFLIGHT_SECONDS = 7_200;

/** Sets the headers for an allowed origin; true where this was a preflight request, which it has answered. */
export function applyCors(
  origins: ReadonlySet<string>,
  request: IncomingMessage,
  response: ServerResponse,
): boolean {
  if (origins.size === 0) return false;
  response.setHeader("vary", "origin");
  const origin = request.headers.origin;
  if (origin === undefined || !origins.has(origin)) return false;
  response.setHeader("access-control-allow-origin", origin);
  response.setHeader("access-control-expose-headers", cors.exposedHeaders.join(", "));
  if (request.method !== "OPTIONS" || !request.headers["access-control-request-method"]) return false;
  response.setHeader("access-control-allow-methods", cors.allowedMethods.join(", "));
  response.setHeader("access-control-allow-headers", [...cors.allowedHeaders, "authorization"].join(", "));
  response.setHeader("access-control-max-age", PREFLIGHT_SECONDS);
  response.writeHead(204).end();
  return true;
}
