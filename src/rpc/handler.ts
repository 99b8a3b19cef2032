/** All rpcs for Node's servers: the general door for every call, and the short path for the most frequent one. */
import type { IncomingMessage, ServerResponse } from "node:http";
import type {
  Http2ServerRequest,
  Http2ServerResponse,
  IncomingHttpHeaders,
  OutgoingHttpHeaders,
} from "node:http2";
import { create } from "@bufbuild/protobuf";
import { Code, ConnectError, createContextValues } from "@connectrpc/connect";
import { connectNodeAdapter } from "@connectrpc/connect-node";
import { ApiKeyService, VerifyApiKeyRequestSchema } from "../../gen/keyfast/v1/api_key_service_pb.ts";
import { KeyfastError } from "../domain/errors.ts";
import { type CallMetrics, UNKNOWN_METHOD } from "../metrics/call-metrics.ts";
import type { Verify } from "../verify/verifier.ts";
import type { Authenticator } from "./authenticate.ts";
import { startedAtKey } from "./call.ts";
import { startOf } from "./call-start.ts";
import { dropEndlessDeadlines } from "./deadline.ts";
import { createGate } from "./gate.ts";
import { type Health, serveHealth } from "./health.ts";
import { checkInterceptor, deadlineInterceptor, faultInterceptor } from "./interceptors.ts";
import { MAX_MESSAGE_BYTES } from "./limits.ts";
import { serveReflection } from "./reflection.ts";
import { isOurMethod, overloadedHeaders, refuse, refuseUnknownPath } from "./refusals.ts";
import { type Handlers, serve } from "./service.ts";
import { createShortPath, type ShortPath } from "./short-path.ts";
import { keepDeadlineWhileReading } from "./slow-body.ts";
import { RequestValidator } from "./validate.ts";

export interface RpcOptions {
  readonly handlers: Handlers;
  readonly verify: Verify;
  readonly authenticator: Authenticator;
  /** The server's limit for any call, in milliseconds. */
  readonly callTimeoutMs: number;
  /** Aborted at the end of a shutdown, for the calls that are still under way. */
  readonly shutdown: AbortSignal;
  readonly health: Health;
  readonly metrics: CallMetrics;
  /** Told of faults that are ours, with their cause; never of the caller's. */
  readonly onFault: (error: unknown, method: string) => void;
}

type Request = IncomingMessage | Http2ServerRequest;
type Response = ServerResponse | Http2ServerResponse;

const OUR_FAULTS = new Set(["INTERNAL", "DATABASE_UNAVAILABLE", "ISSUER_UNAVAILABLE"]);

const isOurFault = (error: unknown) =>
  error instanceof KeyfastError ? OUR_FAULTS.has(error.reason) : !(error instanceof ConnectError);

export interface Rpc {
  readonly handler: (request: Request, response: Response) => void;
  readonly shortPath: ShortPath;
  /** Counts a call that a port has no room for, and gives the headers that tell it so. */
  readonly overloaded: (headers: IncomingHttpHeaders) => OutgoingHttpHeaders;
}

export function createRpc(options: RpcOptions): Rpc {
  const { handlers, authenticator, callTimeoutMs, shutdown, metrics } = options;
  const validator = new RequestValidator();
  for (const { input } of ApiKeyService.methods) validator.warm(input, create(input));
  validator.warm(VerifyApiKeyRequestSchema, create(VerifyApiKeyRequestSchema, { required: [{}] }));
  const onFault = (error: unknown, method: string) => {
    if (isOurFault(error)) options.onFault(error, method);
  };
  const adapter = connectNodeAdapter({
    routes: (router) => {
      serve(router, handlers);
      serveHealth(router, options.health);
      serveReflection(router);
    },
    contextValues: (request) => createContextValues().set(startedAtKey, startOf(request)),
    requestGate: createGate(authenticator.authenticate, callTimeoutMs, onFault, metrics),
    interceptors: [
      faultInterceptor(onFault),
      deadlineInterceptor(callTimeoutMs),
      checkInterceptor(validator),
    ],
    readMaxBytes: MAX_MESSAGE_BYTES,
    jsonOptions: { ignoreUnknownFields: false },
    shutdownSignal: shutdown,
    fallback: (request, response) => {
      refuseUnknownPath(request, response);
      metrics.record(UNKNOWN_METHOD, "METHOD_UNKNOWN", 0, 0);
    },
  });
  return {
    handler: (request, response) => {
      dropEndlessDeadlines(request.headers);
      const refused = refuse(request, response);
      if (refused) return metrics.record(methodIn(request.url), refused, 0, 0);
      keepDeadlineWhileReading(request);
      adapter(request, response);
    },
    shortPath: createShortPath({
      configured: authenticator.configured,
      validator,
      verify: options.verify,
      metrics,
      callTimeoutMs,
      shutdown,
      onFault,
    }),
    overloaded: (headers) => {
      const path = headers[":path"] ?? "";
      if (isOurMethod(path)) metrics.record(methodIn(path), "OVERLOADED", 0, 0);
      return overloadedHeaders(headers["content-type"]);
    },
  };
}

/** The last part of the path. */
const methodIn = (url = "") => /[^/?]*(?=\?|$)/.exec(url)?.[0] ?? "";

/** What calls are ended with when a shutdown does not wait for them any longer. */
export const shuttingDown = () => new ConnectError("shutting down", Code.Unavailable);
