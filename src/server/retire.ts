/** Asks the client of an HTTP/2 connection to make its next calls on another one, without losing any that is on its way. */
import type { ServerHttp2Session } from "node:http2";
import type { Socket } from "node:net";

/**
 * GOAWAY on stream 0, NO_ERROR, with the highest stream there can be: "make no new streams here, all that you have made
 * are served". RFC 9113, section 6.8, wants it before the one that names the last stream, which would refuse what the
 * client has sent meanwhile. Node can only send that last one.
 */
const NOTICE = Buffer.from("0000080700000000007fffffff00000000", "hex");
/** Longer than a round trip, in milliseconds. */
const NOTICE_MS = 2_000;

/** `socket` must be the connection's own, below the session: the session writes whole frames, so that this one fits between. */
export function retire(session: ServerHttp2Session, socket: Socket): void {
  if (session.closed || socket.destroyed) return;
  socket.write(NOTICE);
  const timer = setTimeout(() => session.close(), NOTICE_MS).unref();
  session.once("close", () => clearTimeout(timer));
}
