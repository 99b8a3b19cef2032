/** Signing in with a token, what stays of it with the browser, and who is turned away. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { AUDIENCE, type Issuer, startIssuer } from "../support/issuer.ts";
import { createKey } from "../support/keys.ts";
import { OPERATOR_TOKEN, SERVICE_TOKEN, startService, type TestService } from "../support/service.ts";
import { ConsoleClient, OWN_HEADERS } from "./support/client.ts";

let service: TestService;
/** The same behind a proxy, at an address of its own. */
let proxied: TestService;
let issuer: Issuer;
const PUBLIC = "keys.example.com";
const settings = () => ({
  KEYFAST_OIDC_ISSUER: issuer.url,
  KEYFAST_OIDC_AUDIENCE: AUDIENCE,
});
const publicSettings = () => ({ ...settings(), KEYFAST_CONSOLE_URL: `https://${PUBLIC}` });

beforeAll(async () => {
  issuer = await startIssuer();
  service = await startService(settings());
  proxied = await startService(publicSettings());
});
afterAll(async () => {
  await proxied.stop();
  await service.stop();
  await issuer.stop();
});

const fromHere = () => new ConsoleClient(service.httpUrl);
/** A browser elsewhere, as the proxy in front of the service hands it on. */
const fromAfar = () => new ConsoleClient(proxied.httpUrl, { host: PUBLIC });

describe("a session", () => {
  it("stays signed in from request to request, and lends calls its credential", async () => {
    const client = fromHere();
    expect((await client.session()).json()).toEqual({
      signedIn: false,
      hasEnded: false,
      methods: { provider: false, jwt: true, operator: true },
    });
    const expected = {
      signedIn: true,
      kind: "operator",
      caller: "operator",
      projectId: "demo",
      projects: null,
    };
    const answer = await client.signIn("demo", OPERATOR_TOKEN);
    expect(answer.json()).toMatchObject(expected);
    expect((await client.session()).json()).toMatchObject(expected);
    expect((await client.list("demo")).status).toBe(200);
  });

  it("is kept where no script can read it and no other site can send it, and holds nothing readable", async () => {
    const { setCookies } = await fromHere().signIn("demo", OPERATOR_TOKEN);
    expect(setCookies).toHaveLength(1);
    const [cookie = ""] = setCookies;
    const [pair, ...attributes] = cookie.split("; ");
    expect(attributes.sort()).toEqual(["HttpOnly", "Path=/", "SameSite=Strict"]);
    expect(pair).toMatch(/^keyfast_session_\d+=eyJ[\w-]+\.\.[\w-]+\.[\w-]+\.[\w-]+$/);
    expect(Buffer.from(cookie, "base64url").toString("latin1")).not.toContain(OPERATOR_TOKEN.slice(0, 16));
  });

  it("on https is bound to the host and sent over TLS only", async () => {
    const { setCookies } = await fromAfar().signIn("demo", await issuer.person("ada", ["demo"]));
    const [pair, ...attributes] = setCookies[0]?.split("; ") ?? [];
    expect(pair).toMatch(/^__Host-keyfast_session=/);
    expect(attributes.sort()).toEqual(["HttpOnly", "Path=/", "SameSite=Strict", "Secure"]);
  });

  it("is forgotten by signing out", async () => {
    const client = fromHere();
    await client.signIn("demo", OPERATOR_TOKEN);
    const { json, setCookies } = await client.session("DELETE");
    expect(json()).toMatchObject({ signedIn: false, hasEnded: false });
    expect(setCookies[0]).toMatch(/^keyfast_session_\d+=; Max-Age=0; .*HttpOnly/);
    expect(client.cookies.size).toBe(0);
    expect((await client.list("demo")).status).toBe(401);
  });

  it("is known to every process of the service", async () => {
    const other = await startService({ ...settings(), KEYFAST_MONGODB_DATABASE: service.config.database });
    const client = fromHere();
    await client.signIn("demo", OPERATOR_TOKEN);
    const { host } = new URL(service.httpUrl);
    const there = new ConsoleClient(other.httpUrl, { host });
    for (const [name, value] of client.cookies) there.cookies.set(name, value);
    expect((await there.session()).json()).toMatchObject({ signedIn: true });
    expect((await there.list("demo")).status).toBe(200);
    await other.leave();
  });

  it("ends with its token, and that is said once", async () => {
    const client = fromHere();
    // Within the seconds by which clocks may differ, so that it is good now.
    const expires = Math.floor(Date.now() / 1_000) - 3;
    const token = await issuer.sign({ sub: "ada", keyfast_projects: ["demo"] }, expires);
    expect((await client.signIn("demo", token)).json()).toMatchObject({ signedIn: true });
    expect((await client.list("demo")).status).toBe(401);
    expect((await client.session()).json()).toMatchObject({ signedIn: false, hasEnded: true });
    expect((await client.session()).json()).toMatchObject({ signedIn: false, hasEnded: false });
  });

  it("names the person and the projects that they administer", async () => {
    const token = await issuer.sign({ sub: "ada", email: "ada@example.com", keyfast_projects: ["b", "a"] });
    const { json } = await fromHere().signIn("a", token);
    expect(json()).toMatchObject({
      kind: "user",
      caller: "user:ada",
      label: "ada@example.com",
      projects: ["a", "b"],
      freshForMs: null,
    });
  });

  it("carries a token that needs several cookies, and refuses one that no browser would keep", async () => {
    const projects = (count: number) =>
      Array.from({ length: count }, (_, index) => `project-${index}-${"x".repeat(40)}`);
    const client = fromHere();
    const long = await issuer.person("ada", projects(80));
    expect((await client.signIn("demo", long)).setCookies.length).toBeGreaterThan(1);
    for (const line of client.cookies) expect(line.join("=").length).toBeLessThan(4_000);
    expect((await client.session()).json().projects).toHaveLength(80);
    const short = await issuer.person("ada", ["demo"]);
    expect((await client.signIn("demo", short)).json()).toMatchObject({ projects: ["demo"] });
    expect(client.cookies.size).toBe(1);
    expect(Buffer.byteLength(await issuer.person("ada", projects(240)))).toBeGreaterThan(16_384);
    const tooLong = await client.signIn("demo", await issuer.person("ada", projects(240)));
    expect(tooLong.status).toBe(400);
    expect(tooLong.json().error).toMatchObject({ field: "credential" });
  });
});

describe("turned away, each with words for the field, and without a cookie", () => {
  const cases: [string, () => Promise<string> | string, number, RegExp][] = [
    ["a token that nobody gave out", () => "x".repeat(40), 401, /not valid/],
    ["a person whose token has expired", () => issuer.sign({ sub: "ada" }, "-1m"), 401, /expired/],
    ["a token that somebody else signed", () => issuer.forge({ sub: "ada" }), 401, /not valid/],
    ["a service", () => SERVICE_TOKEN, 403, /only verify/],
    ["an API key", async () => (await createKey(service.grpc(OPERATOR_TOKEN))).key, 403, /API key cannot/],
    ["a text with spaces", () => "a token with spaces", 400, /without spaces/],
    ["nothing", () => "", 400, /Paste/],
  ];
  it.each(cases)("%s", async (_, credential, status, words) => {
    const answer = await fromHere().signIn("demo", await credential());
    expect(answer.status).toBe(status);
    expect(answer.json().error).toMatchObject({ field: "credential", message: expect.stringMatching(words) });
    expect(answer.setCookies).toEqual([]);
  });

  it.each(["", "a/b", "-a", "x".repeat(65), "demo\n"])("a project id that is none: %j", async (projectId) => {
    const answer = await fromHere().signIn(projectId, OPERATOR_TOKEN);
    expect([answer.status, answer.json().error.field]).toEqual([400, "projectId"]);
  });

  it("what is no JSON object, or is too large, or of another type", async () => {
    const client = fromHere();
    const post = (body: string, type = "application/json") =>
      client.send("POST", "/console/session", {
        headers: { "x-keyfast-console": "1", "content-type": type },
        body,
      });
    for (const body of ["", "{", "1", '"text"', "null"]) expect((await post(body)).status).toBe(400);
    expect(
      (await post(JSON.stringify({ credential: OPERATOR_TOKEN, projectId: "demo" }), "text/plain")).status,
    ).toBe(400);
    expect((await post(JSON.stringify({ credential: "x".repeat(70_000) }))).status).toBe(413);
  });
});

describe("an operator", () => {
  it.each([
    ["at another address than a loopback one", () => fromAfar(), {}],
    [
      "through a proxy that names the machine itself and says nothing",
      () => new ConsoleClient(proxied.httpUrl),
      {},
    ],
    ["through a proxy", () => fromHere(), { "x-forwarded-for": "203.0.113.9" }],
    ["through a proxy that says so in the standard way", () => fromHere(), { forwarded: "for=203.0.113.9" }],
  ] as [string, () => ConsoleClient, Record<string, string>][])(
    "cannot sign in %s",
    async (_, client, headers) => {
      const answer = await client().signIn("demo", OPERATOR_TOKEN, headers);
      expect(answer.status).toBe(403);
      expect(answer.json().error.message).toMatch(/loopback/);
      expect(answer.setCookies).toEqual([]);
      const { methods } = (
        await client().send("GET", "/console/session", { headers: { ...OWN_HEADERS, ...headers } })
      ).json();
      expect(methods.operator).toBe(false);
    },
  );

  it("cannot carry a session from this machine to elsewhere", async () => {
    const client = fromHere();
    await client.signIn("demo", OPERATOR_TOKEN);
    expect(
      (await client.list("demo", { "x-keyfast-console": "1", "x-forwarded-for": "203.0.113.9" })).status,
    ).toBe(401);
  });

  it("may sign in from elsewhere where that is configured", async () => {
    const open = await startService({ ...publicSettings(), KEYFAST_CONSOLE_REMOTE_OPERATORS: "true" });
    const client = new ConsoleClient(open.httpUrl, { host: PUBLIC });
    expect((await client.signIn("demo", OPERATOR_TOKEN)).json()).toMatchObject({ kind: "operator" });
    expect((await client.list("demo")).status).toBe(200);
    await open.stop();
  });
});
