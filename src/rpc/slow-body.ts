/** The caller's deadline while a request's body is read: the framework looks at it only when the message is there. */
import type { Readable } from "node:stream";
import { KeyfastError } from "../domain/errors.ts";
import { parseGrpcTimeout } from "./deadline.ts";
import { toConnectError } from "./errors.ts";

type Request = Readable & { readonly headers: Readonly<Record<string, string | string[] | undefined>> };

/** What the caller gives the call, in milliseconds; undefined where that is not said, or malformed. */
function deadlineOf({ headers }: Request): number | undefined {
  if (String(headers["content-type"]).toLowerCase().startsWith("application/grpc")) {
    const ms = parseGrpcTimeout(headers["grpc-timeout"]);
    return ms === Number.POSITIVE_INFINITY ? undefined : ms;
  }
  const connect = headers["connect-timeout-ms"];
  return /^\d{1,10}$/.test(String(connect)) ? Number(connect) : undefined;
}

/**
 * Reading the body fails with DEADLINE_EXCEEDED once the deadline has passed. The request itself is left alone: over
 * HTTP/1.1 to destroy it would cut the connection that the answer goes over.
 */
export function keepDeadlineWhileReading(request: Request): void {
  const ms = deadlineOf(request);
  if (ms === undefined) return;
  const { promise: late, reject } = Promise.withResolvers<never>();
  // Nobody may be waiting when it comes.
  late.catch(() => {});
  const error = () => toConnectError(new KeyfastError("DEADLINE_EXCEEDED", "the deadline has passed"));
  const timer = setTimeout(() => reject(error()), ms);
  const stop = () => clearTimeout(timer);
  request.once("end", stop).once("close", stop);
  const iterate = request[Symbol.asyncIterator].bind(request);
  request[Symbol.asyncIterator] = () => {
    const chunks = iterate();
    const next = chunks.next.bind(chunks);
    chunks.next = () => Promise.race([next(), late]);
    return chunks;
  };
}
