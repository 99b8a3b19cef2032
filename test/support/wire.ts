/** Requests byte by byte, as no well-behaved client would send them, and what comes back. */
import { request as httpRequest, type IncomingHttpHeaders } from "node:http";
import { connect as connectHttp2, constants, type OutgoingHttpHeaders } from "node:http2";
import { connect as connectTcp } from "node:net";
import type { DescMethod, MessageInitShape } from "@bufbuild/protobuf";
import { create, type DescMessage, toBinary, toJson } from "@bufbuild/protobuf";
import { Code, ConnectError } from "@connectrpc/connect";
import { errorFromJsonBytes } from "@connectrpc/connect/protocol-connect";
import { findTrailerError } from "@connectrpc/connect/protocol-grpc";
import { trailerParse } from "@connectrpc/connect/protocol-grpc-web";

export interface RawRequest {
  readonly method?: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array | string;
}

export interface RawAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly trailers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

const flat = (headers: IncomingHttpHeaders | NodeJS.Dict<string | string[]>) =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]));

/** Over HTTP/1.1. */
export function sendHttp(baseUrl: string, { method = "POST", path, headers, body }: RawRequest) {
  return new Promise<RawAnswer>((resolve, reject) => {
    const url = new URL(baseUrl);
    const request = httpRequest(
      { host: url.hostname, port: url.port, method, path, headers: { ...headers }, agent: false },
      (response) => {
        const chunks: Buffer[] = [];
        response.on("data", (chunk: Buffer) => chunks.push(chunk));
        response.on("error", reject);
        response.on("end", () =>
          resolve({
            status: response.statusCode ?? 0,
            headers: flat(response.headers),
            trailers: flat(response.trailers),
            body: Buffer.concat(chunks),
          }),
        );
      },
    );
    // A server may answer before it has read everything, and then close.
    request.on("error", (error) => {
      if (!request.res) reject(error);
    });
    request.end(body);
  });
}

/** Over HTTP/2 with prior knowledge, on a connection of its own. */
export function sendHttp2(baseUrl: string, { method = "POST", path, headers, body }: RawRequest) {
  return new Promise<RawAnswer>((resolve, reject) => {
    const session = connectHttp2(baseUrl);
    session.on("error", reject);
    const stream = session.request({ ":method": method, ":path": path, ...headers } as OutgoingHttpHeaders, {
      endStream: body === undefined,
    });
    let status = 0;
    let answered: Record<string, string> = {};
    let trailers: Record<string, string> = {};
    const chunks: Buffer[] = [];
    stream.on("response", (head) => {
      status = head[constants.HTTP2_HEADER_STATUS] ?? 0;
      answered = flat(head as NodeJS.Dict<string>);
    });
    stream.on("trailers", (tail) => {
      trailers = flat(tail as NodeJS.Dict<string>);
    });
    stream.on("data", (chunk: Buffer) => chunks.push(chunk));
    stream.on("error", (error) => {
      session.destroy();
      reject(error);
    });
    stream.on("close", () => {
      session.close();
      if (status === 0) reject(new Error("the stream was closed without an answer"));
      else resolve({ status, headers: answered, trailers, body: Buffer.concat(chunks) });
    });
    if (body !== undefined) stream.end(body);
  });
}

/** Writes bytes to a TCP connection and gives everything that comes back until the server closes. */
export function sendBytes(baseUrl: string, bytes: Uint8Array | string, options: { end?: boolean } = {}) {
  return new Promise<Buffer>((resolve, reject) => {
    const url = new URL(baseUrl);
    const chunks: Buffer[] = [];
    const socket = connectTcp(Number(url.port), url.hostname, () => {
      if (options.end) socket.end(bytes);
      else socket.write(bytes);
    });
    socket.on("data", (chunk: Buffer) => chunks.push(chunk));
    // A reset is one of the ways in which a server may close.
    socket.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code !== "ECONNRESET" && error.code !== "EPIPE") reject(error);
    });
    socket.on("close", () => resolve(Buffer.concat(chunks)));
  });
}

/** gRPC's and gRPC-Web's frame around a message. */
export function framed(message: Uint8Array, flags = 0): Buffer {
  const head = Buffer.alloc(5);
  head.writeUInt8(flags, 0);
  head.writeUInt32BE(message.byteLength, 1);
  return Buffer.concat([head, message]);
}

export interface Protocol {
  readonly name: string;
  readonly door: "httpUrl" | "grpcUrl";
  readonly contentType: string;
  readonly isJson: boolean;
  readonly isFramed: boolean;
  /** The header that names a compression. */
  readonly encodingHeader: string;
  readonly timeoutHeader: { readonly name: string; readonly of: (ms: number) => string };
}

const connectTimeout = { name: "connect-timeout-ms", of: (ms: number) => `${ms}` };
const grpcTimeout = { name: "grpc-timeout", of: (ms: number) => `${ms}m` };

function connectProtocol(name: string, door: Protocol["door"], isJson: boolean): Protocol {
  const contentType = isJson ? "application/json" : "application/proto";
  const encodingHeader = "content-encoding";
  return { name, door, contentType, isJson, isFramed: false, encodingHeader, timeoutHeader: connectTimeout };
}

function grpcProtocol(name: string, door: Protocol["door"], contentType: string): Protocol {
  const isJson = contentType.endsWith("+json");
  const encodingHeader = "grpc-encoding";
  return { name, door, contentType, isJson, isFramed: true, encodingHeader, timeoutHeader: grpcTimeout };
}

/** Each protocol in each encoding. */
export const PROTOCOLS: readonly Protocol[] = [
  connectProtocol("Connect in JSON", "httpUrl", true),
  connectProtocol("Connect in binary", "httpUrl", false),
  connectProtocol("Connect in JSON over HTTP/2", "grpcUrl", true),
  grpcProtocol("gRPC", "grpcUrl", "application/grpc+proto"),
  grpcProtocol("gRPC in JSON", "grpcUrl", "application/grpc+json"),
  grpcProtocol("gRPC-Web", "httpUrl", "application/grpc-web+proto"),
  grpcProtocol("gRPC-Web in JSON", "httpUrl", "application/grpc-web+json"),
];

export const pathOf = (method: DescMethod) => `/${method.parent.typeName}/${method.name}`;

export function encode<I extends DescMessage>(protocol: Protocol, schema: I, message: MessageInitShape<I>) {
  const full = create(schema, message);
  return protocol.isJson
    ? Buffer.from(JSON.stringify(toJson(schema, full)))
    : Buffer.from(toBinary(schema, full));
}

export interface Doors {
  readonly httpUrl: string;
  readonly grpcUrl: string;
}

export interface WireCall {
  readonly token?: string | undefined;
  readonly headers?: Readonly<Record<string, string>>;
  /** The message as it goes over the wire, before it is framed. */
  readonly message: Uint8Array;
  readonly flags?: number;
}

/** A request of the protocol whose message is any bytes at all. */
export function wireRequest(protocol: Protocol, path: string, call: WireCall): RawRequest {
  const headers: Record<string, string> = { "content-type": protocol.contentType };
  if (protocol.isFramed && protocol.door === "grpcUrl") headers.te = "trailers";
  if (call.token !== undefined) headers.authorization = `Bearer ${call.token}`;
  const body = protocol.isFramed ? framed(call.message, call.flags) : call.message;
  return { path, headers: { ...headers, ...call.headers }, body };
}

export const send = (doors: Doors, protocol: Protocol, request: RawRequest) =>
  protocol.door === "httpUrl" ? sendHttp(doors.httpUrl, request) : sendHttp2(doors.grpcUrl, request);

export const sendWire = (doors: Doors, protocol: Protocol, path: string, call: WireCall) =>
  send(doors, protocol, wireRequest(protocol, path, call));

/** The error in an answer, whatever protocol it came by; undefined where the call went well. */
export function errorIn(answer: RawAnswer): ConnectError | undefined {
  const type = answer.headers["content-type"] ?? "";
  if (type.startsWith("application/grpc-web")) return webError(answer);
  if (type.startsWith("application/grpc")) return findTrailerError(new Headers(grpcTrailers(answer)));
  if (answer.status === 200) return undefined;
  return errorFromJsonBytes(
    answer.body,
    undefined,
    new ConnectError("an answer that is no error of Connect", Code.Unknown),
  );
}

const grpcTrailers = ({ headers, trailers }: RawAnswer) =>
  "grpc-status" in headers ? { "grpc-status": "", ...pickGrpc(headers) } : trailers;

const pickGrpc = (headers: Readonly<Record<string, string>>) =>
  Object.fromEntries(Object.entries(headers).filter(([name]) => name.startsWith("grpc-")));

const TRAILER_FLAG = 0x80;

/** gRPC-Web tells trailers in a last frame of the body, or in the headers where there is no body. */
function webError(answer: RawAnswer): ConnectError | undefined {
  for (let at = 0; at + 5 <= answer.body.length; ) {
    const length = answer.body.readUInt32BE(at + 1);
    const frame = answer.body.subarray(at + 5, at + 5 + length);
    if (answer.body.readUInt8(at) & TRAILER_FLAG) return findTrailerError(trailerParse(frame));
    at += 5 + length;
  }
  return findTrailerError(new Headers(pickGrpc(answer.headers)));
}

/** Everything that an answer tells, also what is inside base64 and percent-encoding. */
export function toldBy(answer: RawAnswer): string {
  const error = errorIn(answer);
  const details = error?.details.map((detail) =>
    "value" in detail && detail.value instanceof Uint8Array
      ? Buffer.from(detail.value).toString("latin1")
      : detail,
  );
  return [
    JSON.stringify(answer.headers),
    JSON.stringify(answer.trailers),
    answer.body.toString("utf8"),
    answer.body.toString("latin1"),
    error?.message ?? "",
    JSON.stringify(details ?? []),
  ].join("\n");
}
