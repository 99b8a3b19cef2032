/** Typed answers where the framework has none: unknown paths, wrong HTTP methods, unknown content types. */
import type { IncomingMessage } from "node:http";
import type { Http2ServerRequest } from "node:http2";
import { create, toBinary } from "@bufbuild/protobuf";
import { Code } from "@connectrpc/connect";
import { codeToString } from "@connectrpc/connect/protocol-connect";
import { ErrorInfoSchema } from "../../gen/google/rpc/error_details_pb.ts";
import { ApiKeyService } from "../../gen/keyfast/v1/api_key_service_pb.ts";
import type { Reason } from "../domain/errors.ts";
import { ERROR_DOMAIN } from "./errors.ts";

type Request = Pick<IncomingMessage | Http2ServerRequest, "url" | "method" | "headers">;
/** What is used of a response: the same on both of Node's HTTP servers. */
export interface Response {
  writeHead(status: number, headers: Record<string, string>): unknown;
  end(body: string): unknown;
}

const SUPPORTED =
  /^application\/(?:json|proto|connect\+json|connect\+proto|grpc(?:-web)?(?:-text)?(?:\+proto|\+json)?)(?:\s*;.*)?$/i;

interface Refusal {
  readonly status: number;
  readonly code: Code;
  readonly reason: Reason;
  readonly message: string;
  readonly headers?: Record<string, string>;
}

const UNKNOWN_METHOD: Refusal = {
  status: 404,
  code: Code.Unimplemented,
  reason: "METHOD_UNKNOWN",
  message: "there is no such method",
};
const WRONG_TYPE: Refusal = {
  status: 415,
  code: Code.InvalidArgument,
  reason: "MESSAGE_UNREADABLE",
  message: "the content type is not supported",
};
const wrongVerb = (allow: string): Refusal => ({
  status: 405,
  code: Code.Unimplemented,
  reason: "METHOD_UNKNOWN",
  message: "the HTTP method is not allowed here",
  headers: { allow },
});

/** The methods that Connect may call by GET, as the contract marks them. */
const readable = new Set(["ListApiKeys", "GetApiKey"].map((name) => `/${ApiKeyService.typeName}/${name}`));
const ours = new Set(ApiKeyService.methods.map((method) => `/${ApiKeyService.typeName}/${method.name}`));

function refusalFor(request: Request): Refusal | undefined {
  const path = (request.url ?? "").split("?", 1)[0] ?? "";
  if (!ours.has(path)) return undefined;
  if (request.method === "GET" && readable.has(path)) return undefined;
  if (request.method !== "POST") return wrongVerb(readable.has(path) ? "GET, POST" : "POST");
  return SUPPORTED.test(request.headers["content-type"] ?? "") ? undefined : WRONG_TYPE;
}

/** True where the request was refused here; otherwise the general handler may have it. */
export function refuse(request: Request, response: Response): boolean {
  const refusal = refusalFor(request);
  if (refusal) answer(response, refusal);
  return refusal !== undefined;
}

/** For paths that nothing is served on. */
export function refuseUnknownPath(request: Request, response: Response): void {
  if ((request.headers["content-type"] ?? "").startsWith("application/grpc")) answerGrpc(response);
  else answer(response, UNKNOWN_METHOD);
}

/** gRPC tells errors in trailers of a response that is, as HTTP, a success. */
function answerGrpc(response: Response): void {
  response.writeHead(200, {
    "content-type": "application/grpc",
    "grpc-status": String(UNKNOWN_METHOD.code),
    "grpc-message": UNKNOWN_METHOD.message,
  });
  response.end("");
}

/** Connect's form of an error: JSON with the code's name and details in base64. */
function answer(response: Response, { status, code, reason, message, headers }: Refusal): void {
  const info = toBinary(ErrorInfoSchema, create(ErrorInfoSchema, { reason, domain: ERROR_DOMAIN }));
  const details = [
    { type: ErrorInfoSchema.typeName, value: Buffer.from(info).toString("base64").replace(/=+$/, "") },
  ];
  response.writeHead(status, { "content-type": "application/json", ...headers });
  response.end(JSON.stringify({ code: codeToString(code), message, details }));
}
