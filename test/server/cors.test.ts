import { createClient } from "@connectrpc/connect";
import { createGrpcWebTransport } from "@connectrpc/connect-web";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ApiKeyService } from "../../gen/keyfast/v1/api_key_service_pb.ts";
import { OPERATOR_TOKEN, startService, type TestService } from "../support/service.ts";
import { sendHttp } from "../support/wire.ts";

const ORIGIN = "https://console.example";
const OTHER = "http://localhost:5173";
const PATH = "/keyfast.v1.ApiKeyService/ListApiKeys";

let service: TestService;
beforeAll(async () => {
  service = await startService({ KEYFAST_CORS_ORIGINS: `${ORIGIN}, ${OTHER}` });
});
afterAll(() => service.stop());

const corsHeaders = (headers: Readonly<Record<string, string>>) =>
  Object.keys(headers).filter((name) => name.startsWith("access-control-"));

const names = (list: string | undefined) => (list ?? "").toLowerCase().split(/, */);

const preflight = (origin: string, requestHeaders = "authorization,content-type") =>
  sendHttp(service.httpUrl, {
    method: "OPTIONS",
    path: PATH,
    headers: {
      origin,
      "access-control-request-method": "POST",
      "access-control-request-headers": requestHeaders,
    },
  });

const call = (headers: Record<string, string>) =>
  sendHttp(service.httpUrl, {
    path: PATH,
    headers: { "content-type": "application/json", authorization: `Bearer ${OPERATOR_TOKEN}`, ...headers },
    body: '{"projectId":"p"}',
  });

describe("a page of a configured origin", () => {
  it.each([ORIGIN, OTHER])("%s may ask before it calls", async (origin) => {
    const { status, headers } = await preflight(origin);
    expect(status).toBe(204);
    expect(headers).toMatchObject({ "access-control-allow-origin": origin, vary: "origin" });
    expect(names(headers["access-control-allow-methods"])).toEqual(["post", "get"]);
    expect(names(headers["access-control-allow-headers"])).toEqual(
      expect.arrayContaining([
        "authorization",
        "content-type",
        "connect-protocol-version",
        "connect-timeout-ms",
        "x-grpc-web",
        "x-user-agent",
        "grpc-timeout",
      ]),
    );
    expect(Number(headers["access-control-max-age"])).toBeGreaterThan(0);
  });

  it("may call, and read what gRPC-Web tells in headers", async () => {
    const { status, headers } = await call({ origin: ORIGIN });
    expect(status).toBe(200);
    expect(headers).toMatchObject({ "access-control-allow-origin": ORIGIN, vary: "origin" });
    expect(names(headers["access-control-expose-headers"])).toEqual(
      expect.arrayContaining(["grpc-status", "grpc-message", "grpc-status-details-bin"]),
    );
  });

  it("may read errors too, also those before the credential is known", async () => {
    const refused = await call({ origin: ORIGIN, authorization: "Bearer nobody" });
    expect(refused).toMatchObject({ status: 401, headers: { "access-control-allow-origin": ORIGIN } });
    const unknown = await sendHttp(service.httpUrl, { path: "/nothing", headers: { origin: ORIGIN } });
    expect(unknown).toMatchObject({ status: 404, headers: { "access-control-allow-origin": ORIGIN } });
  });

  it("is never told that cookies may be sent", async () => {
    for (const answer of [await preflight(ORIGIN), await call({ origin: ORIGIN })]) {
      expect(answer.headers).not.toHaveProperty("access-control-allow-credentials");
    }
  });
});

describe("a page of any other origin", () => {
  it.each([
    "https://console.example.evil",
    "https://evil.console.example",
    "http://console.example",
    "https://console.example:8443",
    "HTTPS://CONSOLE.EXAMPLE",
    "null",
    "",
  ])("'%s' is told nothing", async (origin) => {
    expect(corsHeaders((await preflight(origin)).headers)).toEqual([]);
    const { headers } = await call({ origin });
    expect(corsHeaders(headers)).toEqual([]);
    expect(headers.vary).toBe("origin");
  });
});

describe("a call without an origin", () => {
  it("is told nothing, and caches are told that it depends", async () => {
    const { status, headers } = await call({});
    expect(status).toBe(200);
    expect(corsHeaders(headers)).toEqual([]);
    expect(headers.vary).toBe("origin");
  });
});

it("without configured origins nobody is told anything", async () => {
  const closed = await startService();
  const { headers } = await sendHttp(closed.httpUrl, { path: PATH, headers: { origin: ORIGIN } });
  await closed.stop();
  expect(corsHeaders(headers)).toEqual([]);
  expect(headers).not.toHaveProperty("vary");
});

it("gRPC-Web's own client needs no header that the preflight does not allow", async () => {
  const sent = new Set<string>();
  const transport = createGrpcWebTransport({
    baseUrl: service.httpUrl,
    fetch: (input, init) => {
      const request = new Request(input, init);
      for (const name of request.headers.keys()) sent.add(name);
      return fetch(request);
    },
  });
  const client = createClient(ApiKeyService, transport);
  const headers = { authorization: `Bearer ${OPERATOR_TOKEN}` };
  await client.listApiKeys({ projectId: "p" }, { headers, timeoutMs: 10_000 });
  const allowed = names((await preflight(ORIGIN)).headers["access-control-allow-headers"]);
  expect(allowed).toEqual(expect.arrayContaining([...sent]));
});
