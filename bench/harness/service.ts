/** The service, started as a user starts it: `node src/main.ts` with its environment variables. */
import { join } from "node:path";
import { createClient } from "@connectrpc/connect";
import { createGrpcTransport } from "@connectrpc/connect-node";
import { ApiKeyService } from "../../gen/keyfast/v1/api_key_service_pb.ts";
import type { Pepper } from "../../src/domain/digest.ts";
import { freePort } from "../../src/mongod/free-port.ts";
import { Child } from "./children.ts";
import { eventually } from "./eventually.ts";
import type { Target } from "./loader.ts";

export interface Secrets {
  readonly pepper: Pepper;
  readonly operatorToken: string;
  readonly serviceToken: string;
}

export interface Service extends AsyncDisposable {
  readonly pid: number;
  readonly grpcPort: number;
  readonly metricsPort: number;
  /** Resolves to its exit code, or to the name of the signal that ended it. */
  readonly ended: Promise<number | string>;
  stop(): Promise<void>;
}

export interface ServiceOptions {
  /** Another checkout of the project; by default this one. */
  readonly root?: string;
  readonly cpus: string;
  readonly uri: string;
  readonly secrets: Secrets;
  readonly env?: Readonly<Record<string, string>>;
  /** For node itself, before the program's name. */
  readonly nodeOptions?: readonly string[];
  readonly onLine?: (line: string) => void;
}

interface Ports {
  readonly grpc: number;
  readonly http: number;
  readonly metrics: number;
}

function environment(options: ServiceOptions, { grpc, http, metrics }: Ports): Record<string, string> {
  const { pepper, operatorToken, serviceToken } = options.secrets;
  return {
    KEYFAST_GRPC_PORT: `${grpc}`,
    KEYFAST_HTTP_PORT: `${http}`,
    KEYFAST_METRICS_PORT: `${metrics}`,
    KEYFAST_MONGODB_URI: options.uri,
    KEYFAST_PEPPER: `${pepper.id}:${Buffer.from(pepper.secret).toString("base64")}`,
    KEYFAST_OPERATOR_TOKENS: operatorToken,
    KEYFAST_SERVICE_TOKENS: JSON.stringify([{ name: "bench", token: serviceToken }]),
    ...options.env,
  };
}

/** The kernel may give a port again that was closed just now. */
async function freePorts(): Promise<Ports> {
  const found = new Set<number>();
  while (found.size < 3) found.add(await freePort());
  const [grpc = 0, http = 0, metrics = 0] = found;
  return { grpc, http, metrics };
}

/** Starts the service and waits until it answers. */
export async function startService(options: ServiceOptions): Promise<Service> {
  const ports = await freePorts();
  const child = new Child({
    cpus: options.cpus,
    command: process.execPath,
    args: [
      ...(options.nodeOptions ?? []),
      join(options.root ?? join(import.meta.dirname, "../.."), "src/main.ts"),
    ],
    env: environment(options, ports),
    ...(options.onLine && { onLine: options.onLine }),
  });
  const stop = () => child.stop();
  const service = {
    pid: child.pid,
    grpcPort: ports.grpc,
    metricsPort: ports.metrics,
    ended: child.exited,
    stop,
    [Symbol.asyncDispose]: stop,
  };
  const settled = new AbortController();
  try {
    const ready = untilReady(ports.grpc, options.secrets.serviceToken, settled.signal);
    await Promise.race([ready, failedEarly(child)]);
    return service;
  } catch (error) {
    await child.stop();
    throw error;
  } finally {
    settled.abort();
  }
}

async function failedEarly(child: Child): Promise<never> {
  const ending = await child.exited;
  throw new Error(`the service ended with ${ending}:\n${child.lastWords}`);
}

async function untilReady(port: number, token: string, signal: AbortSignal): Promise<void> {
  const client = apiKeyClient(port);
  const headers = { authorization: `Bearer ${token}` };
  const ask = () => client.verifyApiKey({ key: "none" }, { headers });
  await eventually("the service does not answer", ask, signal);
}

export const apiKeyClient = (port: number) =>
  createClient(ApiKeyService, createGrpcTransport({ baseUrl: `http://127.0.0.1:${port}` }));

/** As gRPC clients send them; ten seconds are a usual limit inside a company. */
const grpcHeaders = (token: string) => ({
  "content-type": "application/grpc+proto",
  te: "trailers",
  "grpc-timeout": "10S",
  "user-agent": "keyfast-bench",
  authorization: `Bearer ${token}`,
});

const methodTarget = (port: number, method: string, token: string, calls: string): Target => ({
  port,
  path: `/${ApiKeyService.typeName}/${method}`,
  headers: grpcHeaders(token),
  grpc: true,
  calls,
});

export const verifyTarget = (port: number, { serviceToken }: Secrets, calls: string): Target =>
  methodTarget(port, "VerifyApiKey", serviceToken, calls);

/** Any other method, as an operator. */
export const operatorTarget = (
  port: number,
  method: string,
  { operatorToken }: Secrets,
  calls: string,
): Target => methodTarget(port, method, operatorToken, calls);
