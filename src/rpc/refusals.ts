/** Typed answers where the framework has none: unknown paths, wrong HTTP methods, unknown content types. */
import type { IncomingMessage } from "node:http";
import type { Http2ServerRequest } from "node:http2";
import { contentTypeUnaryRegExp, errorToJsonBytes } from "@connectrpc/connect/protocol-connect";
import { contentTypeRegExp as grpcType } from "@connectrpc/connect/protocol-grpc";
import { contentTypeRegExp as grpcWebType } from "@connectrpc/connect/protocol-grpc-web";
import { ApiKeyService } from "../../gen/keyfast/v1/api_key_service_pb.ts";
import { KeyfastError, type Reason } from "../domain/errors.ts";
import { grpcErrorHeaders, toConnectError } from "./errors.ts";

type Request = Pick<IncomingMessage | Http2ServerRequest, "url" | "method" | "headers">;
/** What is used of a response: the same on both of Node's HTTP servers. */
export interface Response {
  writeHead(status: number, headers: Record<string, string>): unknown;
  end(body: string | Uint8Array): unknown;
}

/** What the framework takes for calls of one message: for anything else it answers with a bare status. */
const SUPPORTED = [contentTypeUnaryRegExp, grpcType, grpcWebType];
/** A form of gRPC-Web that the framework knows by name only. */
const TEXT_FORM = /^application\/grpc-web-text/i;
/** How a GET says the same, in its query. */
const SUPPORTED_ENCODINGS = new Set<string | null>(["json", "proto"]);

interface Refusal {
  readonly status: number;
  readonly error: KeyfastError;
  readonly headers?: Record<string, string>;
}

const UNKNOWN_METHOD: Refusal = {
  status: 404,
  error: new KeyfastError("METHOD_UNKNOWN", "there is no such method"),
};
const WRONG_TYPE: Refusal = {
  status: 415,
  error: new KeyfastError("MESSAGE_UNREADABLE", "the content type is not supported"),
};
const wrongVerb = (allow: string): Refusal => ({
  status: 405,
  error: new KeyfastError("METHOD_UNKNOWN", "the HTTP method is not allowed here"),
  headers: { allow },
});

/** The methods that Connect may call by GET, as the contract marks them. */
const readable = new Set(["ListApiKeys", "GetApiKey"].map((name) => `/${ApiKeyService.typeName}/${name}`));
const ours = new Set(ApiKeyService.methods.map((method) => `/${ApiKeyService.typeName}/${method.name}`));

/** Whether it is one of this service's methods that is asked for. */
export const isOurMethod = (url: string) => ours.has(url.split("?", 1)[0] ?? "");

function refusalFor({ url = "", method, headers }: Request): Refusal | undefined {
  const [path = "", query = ""] = url.split("?", 2);
  if (!ours.has(path)) return undefined;
  if (method === "GET" && readable.has(path)) {
    return SUPPORTED_ENCODINGS.has(new URLSearchParams(query).get("encoding")) ? undefined : WRONG_TYPE;
  }
  if (method !== "POST") return wrongVerb(readable.has(path) ? "GET, POST" : "POST");
  const type = headers["content-type"] ?? "";
  const isSupported = SUPPORTED.some((pattern) => pattern.test(type)) && !TEXT_FORM.test(type);
  return isSupported ? undefined : WRONG_TYPE;
}

/** Refuses the request and tells why, or leaves it to the general handler. */
export function refuse(request: Request, response: Response): Reason | undefined {
  const refusal = refusalFor(request);
  if (refusal) answer(response, refusal);
  return refusal?.error.reason;
}

/** For paths that nothing is served on. */
export function refuseUnknownPath(request: Request, response: Response): void {
  const type = request.headers["content-type"] ?? "";
  if (grpcType.test(type) || grpcWebType.test(type)) answerGrpc(response, type, UNKNOWN_METHOD);
  else answer(response, UNKNOWN_METHOD);
}

const TOO_MANY = new KeyfastError("OVERLOADED", "too many calls are under way, try again later");
const tooManyByGrpc = grpcErrorHeaders("", TOO_MANY);

/** As headers alone: Connect, whose errors have a body, takes the status for UNAVAILABLE as well. */
export function overloadedHeaders(contentType = ""): Record<string, string> {
  const isGrpc = grpcType.test(contentType) || grpcWebType.test(contentType);
  return isGrpc ? { ":status": "200", ...tooManyByGrpc, "content-type": contentType } : { ":status": "503" };
}

function answerGrpc(response: Response, type: string, { error }: Refusal): void {
  response.writeHead(200, grpcErrorHeaders(type, error));
  response.end("");
}

/** Connect's form of an error. */
function answer(response: Response, { status, error, headers }: Refusal): void {
  response.writeHead(status, { "content-type": "application/json", ...headers });
  response.end(errorToJsonBytes(toConnectError(error), undefined));
}
