/** All rpcs as one handler for Node's servers: the general door. */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Http2ServerRequest, Http2ServerResponse } from "node:http2";
import { create } from "@bufbuild/protobuf";
import { Code, ConnectError } from "@connectrpc/connect";
import { connectNodeAdapter } from "@connectrpc/connect-node";
import { ApiKeyService, VerifyApiKeyRequestSchema } from "../../gen/keyfast/v1/api_key_service_pb.ts";
import { KeyfastError } from "../domain/errors.ts";
import type { Authenticate } from "./authenticate.ts";
import { dropEndlessDeadlines } from "./deadline.ts";
import { createGate } from "./gate.ts";
import { type Health, serveHealth } from "./health.ts";
import { checkInterceptor, deadlineInterceptor, faultInterceptor } from "./interceptors.ts";
import { serveReflection } from "./reflection.ts";
import { refuse, refuseUnknownPath } from "./refusals.ts";
import { type Handlers, serve } from "./service.ts";
import { RequestValidator } from "./validate.ts";

/** The largest message, as sent and as decompressed, in bytes. */
export const MAX_MESSAGE_BYTES = 64 * 1024;

export interface RpcOptions {
  readonly handlers: Handlers;
  readonly authenticate: Authenticate;
  /** The server's limit for any call, in milliseconds. */
  readonly callTimeoutMs: number;
  /** Aborted at the end of a shutdown, for the calls that are still under way. */
  readonly shutdown: AbortSignal;
  readonly health: Health;
  /** Told of faults that are ours, with their cause; never of the caller's. */
  readonly onFault: (error: unknown, method: string) => void;
}

type Request = IncomingMessage | Http2ServerRequest;
type Response = ServerResponse | Http2ServerResponse;

const OUR_FAULTS = new Set(["INTERNAL", "DATABASE_UNAVAILABLE", "ISSUER_UNAVAILABLE"]);

const isOurFault = (error: unknown) =>
  error instanceof KeyfastError ? OUR_FAULTS.has(error.reason) : !(error instanceof ConnectError);

export function createRpcHandler(options: RpcOptions): (request: Request, response: Response) => void {
  const validator = new RequestValidator();
  for (const { input } of ApiKeyService.methods) validator.warm(input, create(input));
  validator.warm(VerifyApiKeyRequestSchema, create(VerifyApiKeyRequestSchema, { required: [{}] }));
  const onFault = (error: unknown, method: string) => {
    if (isOurFault(error)) options.onFault(error, method);
  };
  const adapter = connectNodeAdapter({
    routes: (router) => {
      serve(router, options.handlers);
      serveHealth(router, options.health);
      serveReflection(router);
    },
    requestGate: createGate(options.authenticate, options.callTimeoutMs, onFault),
    interceptors: [
      faultInterceptor(onFault),
      deadlineInterceptor(options.callTimeoutMs),
      checkInterceptor(validator),
    ],
    readMaxBytes: MAX_MESSAGE_BYTES,
    jsonOptions: { ignoreUnknownFields: false },
    shutdownSignal: options.shutdown,
    fallback: refuseUnknownPath,
  });
  return (request, response) => {
    dropEndlessDeadlines(request.headers);
    if (!refuse(request, response)) adapter(request, response);
  };
}

/** What calls are ended with when a shutdown does not wait for them any longer. */
export const shuttingDown = () => new ConnectError("shutting down", Code.Unavailable);
