/** Clients that others wrote, for each protocol that they speak, behind one way to call them. */
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import {
  create,
  type DescMethodUnary,
  fromJsonString,
  type MessageInitShape,
  type MessageShape,
  toJsonString,
} from "@bufbuild/protobuf";
import { Code, ConnectError, createClient, type Interceptor, type Transport } from "@connectrpc/connect";
import { errorFromJson } from "@connectrpc/connect/protocol-connect";
import { findTrailerError } from "@connectrpc/connect/protocol-grpc";
import * as node from "@connectrpc/connect-node";
import * as web from "@connectrpc/connect-web";
import type { ServiceError } from "@grpc/grpc-js";
import { ApiKeyService } from "../../gen/keyfast/v1/api_key_service_pb.ts";
import { callGrpcJs, grpcJsClient } from "./grpc-js.ts";
import { bearer } from "./service.ts";
import type { Doors } from "./wire.ts";

/** One call. Rejects with a ConnectError, whatever the client itself raises. */
export type Call = <M extends DescMethodUnary>(
  method: M,
  request: MessageInitShape<M["input"]>,
  token?: string,
) => Promise<MessageShape<M["output"]>>;

export interface ForeignClient {
  readonly name: string;
  readonly open: (doors: Doors) => { readonly call: Call; readonly close: () => void };
}

type MakeTransport = (doors: Doors, interceptors: Interceptor[]) => Transport;

function byTransport(name: string, make: MakeTransport): ForeignClient {
  return {
    name,
    open: (doors) => ({
      call: (method, request, token) => {
        const client = createClient(ApiKeyService, make(doors, [bearer(token)]));
        const calls = client as unknown as Record<string, (request: unknown) => Promise<never>>;
        return calls[method.localName]?.(request) ?? Promise.reject(new Error("no such method"));
      },
      close: () => {},
    }),
  };
}

const http1 = ({ httpUrl }: Doors) => ({ baseUrl: httpUrl, httpVersion: "1.1" as const });
const http2 = ({ grpcUrl }: Doors) => ({ baseUrl: grpcUrl, httpVersion: "2" as const });
const gzip = { sendCompression: node.compressionGzip, compressMinBytes: 0 };

const CONNECT_NODE = [
  byTransport("connect-node, Connect in JSON", (doors, interceptors) =>
    node.createConnectTransport({ ...http1(doors), interceptors, useBinaryFormat: false }),
  ),
  byTransport("connect-node, Connect in binary, compressed", (doors, interceptors) =>
    node.createConnectTransport({ ...http1(doors), ...gzip, interceptors, useBinaryFormat: true }),
  ),
  byTransport("connect-node, Connect over HTTP/2", (doors, interceptors) =>
    node.createConnectTransport({ ...http2(doors), interceptors }),
  ),
  byTransport("connect-node, gRPC", (doors, interceptors) =>
    node.createGrpcTransport({ baseUrl: doors.grpcUrl, interceptors }),
  ),
  byTransport("connect-node, gRPC, compressed", (doors, interceptors) =>
    node.createGrpcTransport({ baseUrl: doors.grpcUrl, ...gzip, interceptors }),
  ),
  byTransport("connect-node, gRPC-Web", (doors, interceptors) =>
    node.createGrpcWebTransport({ ...http1(doors), interceptors }),
  ),
  byTransport("connect-node, gRPC-Web over HTTP/2", (doors, interceptors) =>
    node.createGrpcWebTransport({ ...http2(doors), interceptors }),
  ),
];

const CONNECT_WEB = [
  byTransport("connect-web, Connect in JSON", ({ httpUrl }, interceptors) =>
    web.createConnectTransport({ baseUrl: httpUrl, interceptors }),
  ),
  byTransport("connect-web, Connect in binary", ({ httpUrl }, interceptors) =>
    web.createConnectTransport({ baseUrl: httpUrl, interceptors, useBinaryFormat: true }),
  ),
  byTransport("connect-web, gRPC-Web", ({ httpUrl }, interceptors) =>
    web.createGrpcWebTransport({ baseUrl: httpUrl, interceptors }),
  ),
];

/** The service's error in what grpc-js raises. */
function fromServiceError(error: ServiceError): ConnectError {
  const trailers = new Headers({ "grpc-status": `${error.code}`, "grpc-message": error.details });
  const [details] = error.metadata.get("grpc-status-details-bin");
  if (details) trailers.set("grpc-status-details-bin", Buffer.from(details).toString("base64"));
  return findTrailerError(trailers) ?? new ConnectError("a status that is none", Code.Unknown);
}

/** `options` as grpc-js's channels take them. */
function grpcJs(name: string, options: Record<string, number> = {}): ForeignClient {
  return {
    name,
    open: ({ grpcUrl }) => {
      const client = grpcJsClient(ApiKeyService, grpcUrl, options);
      return {
        call: (method, request, token) =>
          callGrpcJs(client, method, request, token === undefined ? {} : { token }).catch(
            (error: ServiceError) => Promise.reject(fromServiceError(error)),
          ) as never,
        close: () => client.close(),
      };
    },
  };
}

const GZIP = 2;
const GRPC_JS = [
  grpcJs("grpc-js"),
  grpcJs("grpc-js, compressed", { "grpc.default_compression_algorithm": GZIP }),
];

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

interface Ended {
  readonly stdout: string;
  readonly stderr: string;
}

/** The arguments of `buf curl` behind `buf`. */
function bufCurl(name: string, door: keyof Doors, options: readonly string[]): ForeignClient {
  return {
    name,
    open: (doors) => ({
      call: async (method, request, token) => {
        const message = toJsonString(method.input, create(method.input, request));
        const url = `${doors[door]}/${method.parent.typeName}/${method.name}`;
        const header = token === undefined ? [] : ["--header", `authorization: Bearer ${token}`];
        const { stdout, stderr } = await runBuf(["curl", ...options, ...header, "--data", message, url]);
        if (stderr.trim() !== "") throw bufError(stderr);
        return fromJsonString(method.output, stdout || "{}") as never;
      },
      close: () => {},
    }),
  };
}

/** Ends well also where the call did not: what it was told is on standard error. */
const runBuf = (args: readonly string[]) =>
  new Promise<Ended>((resolve) => {
    execFile("buf", [...args], { cwd: ROOT }, (_, stdout, stderr) => resolve({ stdout, stderr }));
  });

function bufError(stderr: string): ConnectError {
  const unreadable = new ConnectError(`buf curl failed: ${stderr}`, Code.Unknown);
  try {
    return errorFromJson(JSON.parse(stderr), undefined, unreadable);
  } catch {
    return unreadable;
  }
}

const PRIOR = "--http2-prior-knowledge";
/** Reflection needs a stream in both directions, for which HTTP/1.1 is not enough: there the schema is given. */
const SCHEMA = ["--schema", "proto"];

const BUF_CURL = [
  bufCurl("buf curl, gRPC, by reflection", "grpcUrl", ["--protocol", "grpc", PRIOR, "--reflect"]),
  bufCurl("buf curl, gRPC-Web, by reflection", "grpcUrl", ["--protocol", "grpcweb", PRIOR, "--reflect"]),
  bufCurl("buf curl, Connect, by reflection", "grpcUrl", ["--protocol", "connect", PRIOR, "--reflect"]),
  bufCurl("buf curl, Connect", "httpUrl", ["--protocol", "connect", ...SCHEMA]),
  bufCurl("buf curl, gRPC-Web", "httpUrl", ["--protocol", "grpcweb", ...SCHEMA]),
];

export const FOREIGN_CLIENTS: readonly ForeignClient[] = [
  ...CONNECT_NODE,
  ...CONNECT_WEB,
  ...GRPC_JS,
  ...BUF_CURL,
];
