/** Pages of others, and names that others point here, get nothing done with a session. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { OPERATOR_TOKEN, startService, type TestService } from "../support/service.ts";
import { ConsoleClient, OWN_HEADERS } from "./support/client.ts";

const FRIEND = "https://friend.example";
let service: TestService;
let client: ConsoleClient;

beforeAll(async () => {
  service = await startService({ KEYFAST_CORS_ORIGINS: FRIEND });
  client = new ConsoleClient(service.httpUrl);
  await client.signIn("demo", OPERATOR_TOKEN);
  expect((await client.list("demo")).status).toBe(200);
});
afterAll(() => service.stop());

describe("a call with the session's cookie is refused", () => {
  it.each([
    ["without the header that only our own pages can send", {}],
    ["from another origin", { ...OWN_HEADERS, origin: "https://evil.example" }],
    ["from a page without an origin", { ...OWN_HEADERS, origin: "null" }],
    ["from an origin whose pages may call with credentials of their own", { ...OWN_HEADERS, origin: FRIEND }],
    ["from another port of this machine", { ...OWN_HEADERS, origin: "http://127.0.0.1:1" }],
    ["that the browser marks as another site's", { ...OWN_HEADERS, "sec-fetch-site": "cross-site" }],
    ["that the browser marks as another origin's", { ...OWN_HEADERS, "sec-fetch-site": "same-site" }],
    ["that a person was led to by a link", { ...OWN_HEADERS, "sec-fetch-site": "none" }],
  ])("%s", async (_, headers: Record<string, string>) => {
    const answer = await client.list("demo", headers);
    expect([answer.status, answer.json().code]).toEqual([401, "unauthenticated"]);
  });

  it("also where it could be made by a link", async () => {
    const message = encodeURIComponent(JSON.stringify({ projectId: "demo" }));
    const path = `/keyfast.v1.ApiKeyService/ListApiKeys?connect=v1&encoding=json&message=${message}`;
    expect((await client.get(path)).status).toBe(401);
  });
});

it("a credential of the call's own is taken, and the session's is not", async () => {
  const answer = await client.list("demo", { ...OWN_HEADERS, authorization: "Bearer nonsense" });
  expect(answer.status).toBe(401);
});

it("no other origin may ask for the header", async () => {
  const answer = await client.send("OPTIONS", "/keyfast.v1.ApiKeyService/ListApiKeys", {
    headers: {
      origin: FRIEND,
      "access-control-request-method": "POST",
      "access-control-request-headers": "x-keyfast-console",
    },
  });
  expect(answer.headers["access-control-allow-headers"]).not.toMatch(/x-keyfast-console/i);
  expect(answer.headers["access-control-allow-credentials"]).toBeUndefined();
});

it.each(["GET", "POST", "DELETE"])("nobody else may %s the session", async (method) => {
  for (const headers of [{}, { "x-keyfast-console": "1", origin: "https://evil.example" }] as Record<
    string,
    string
  >[]) {
    const answer = await client.send(method, "/console/session", { headers });
    expect(answer.status).toBe(403);
    expect(answer.setCookies).toEqual([]);
  }
});

it("at a name that is not the console's, nothing of it is served", async () => {
  for (const host of ["rebound.example", "rebound.example:80", "127.0.0.1.evil.example", "169.254.1.1"]) {
    const there = new ConsoleClient(service.httpUrl, { host });
    for (const [name, value] of client.cookies) there.cookies.set(name, value);
    expect((await there.get("/")).status, host).toBe(421);
    expect((await there.session()).status, host).toBe(421);
    expect((await there.list("demo")).status, host).toBe(401);
  }
});

it("at every loopback name it is served", async () => {
  const { port } = new URL(service.httpUrl);
  for (const host of [`localhost:${port}`, `127.0.0.1:${port}`, `[::1]:${port}`, `127.1.2.3:${port}`]) {
    expect((await new ConsoleClient(service.httpUrl, { host }).session()).status, host).toBe(200);
  }
});
