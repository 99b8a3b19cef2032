/** Where the console is at home: only there does it answer, so that a name which somebody points here reaches nothing. */
import type { IncomingMessage } from "node:http";
import { isLoopback } from "../config/parse.ts";

/** The one header that makes a request the console's own: a foreign page cannot send it without asking first. */
export const CONSOLE_HEADER = "x-keyfast-console";

type Request = Pick<IncomingMessage, "headers" | "socket">;

const hostOf = (request: Request) => URL.parse(`http://${request.headers.host ?? ""}`);
const bareName = (url: URL) => url.hostname.replace(/^\[|\]$/g, "");

/**
 * The origin under which the browser sees this request: the configured one, or that of a loopback address. Undefined
 * where the Host header names anything else.
 */
export function ownOrigin(request: Request, publicUrl: string | undefined): string | undefined {
  const host = hostOf(request);
  if (!host) return undefined;
  const configured = publicUrl === undefined ? undefined : new URL(publicUrl);
  if (configured && configured.host === request.headers.host?.toLowerCase()) return configured.origin;
  return isLoopback(bareName(host)) ? host.origin : undefined;
}

/** Whether a page of ours sent this: it has our header, and whatever the browser tells of its origin agrees. */
export function isFromConsole(request: Request, publicUrl: string | undefined): boolean {
  const { headers } = request;
  if (headers[CONSOLE_HEADER] === undefined) return false;
  const own = ownOrigin(request, publicUrl);
  if (own === undefined || (headers.origin !== undefined && headers.origin !== own)) return false;
  const site = headers["sec-fetch-site"];
  return site === undefined || site === "same-origin";
}

/** What proxies add; a browser sends none of it. */
const FORWARDED = [
  "forwarded",
  "via",
  "x-forwarded-for",
  "x-forwarded-host",
  "x-forwarded-proto",
  "x-real-ip",
];

/** Whether the browser runs on this machine and talks to it directly. */
export function isLocal(request: Request): boolean {
  const host = hostOf(request);
  const peer = request.socket.remoteAddress?.replace(/^::ffff:/, "") ?? "";
  const isForwarded = FORWARDED.some((name) => name in request.headers);
  return host !== null && isLoopback(bareName(host)) && isLoopback(peer) && !isForwarded;
}
