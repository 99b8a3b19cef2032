/** Signing in by OpenID Connect: to the provider and back, over two processes of the service. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type Provider, startProvider } from "../support/provider.ts";
import { startService, type TestService } from "../support/service.ts";
import { ConsoleClient, OWN_HEADERS } from "./support/client.ts";
import { finish, throughProvider } from "./support/provider-sign-in.ts";

const HOST = "localhost:8080";
const ADA = { sub: "ada", projects: ["demo"], email: "ada@example.com" };
let provider: Provider;
let one: TestService;
let two: TestService;
let client: ConsoleClient;

beforeAll(async () => {
  provider = await startProvider();
  one = await startService(provider.settings);
  two = await startService({ ...provider.settings, KEYFAST_MONGODB_DATABASE: one.config.database });
});
afterAll(async () => {
  await two.leave();
  one.secrets.add(...provider.seen.tokens, provider.settings.KEYFAST_OIDC_CLIENT_SECRET);
  await one.stop();
  await provider.stop();
});
beforeEach(() => {
  client = at(one);
});
afterEach(() => {
  provider.setPerson(ADA);
  provider.setLifetime(300);
  provider.setBroken(false);
  provider.setTokenAnswer(undefined);
});

function at(service: TestService, cookies = new Map<string, string>()): ConsoleClient {
  const made = new ConsoleClient(service.httpUrl, { host: HOST });
  for (const [name, value] of cookies) made.cookies.set(name, value);
  return made;
}

it("asks for a code with PKCE, a state and a nonce, each time new", async () => {
  await throughProvider(client);
  await throughProvider(client);
  const [first, second] = provider.seen.signIns.slice(-2);
  for (const name of ["code_challenge", "state", "nonce"]) {
    expect(first?.get(name)?.length, name).toBeGreaterThanOrEqual(43);
    expect(first?.get(name), name).not.toBe(second?.get(name));
  }
  expect(first?.get("redirect_uri")).toBe(`http://${HOST}/console/callback`);
  expect(first?.get("code_challenge_method")).toBe("S256");
});

it("begun at one process and finished at another, it leads to where the person wanted to go", async () => {
  const wanted = "/projects/demo/api-keys?q=caf%C3%A9+*&page=abc&n=2";
  const back = await throughProvider(client, wanted);
  const attempt = [...client.cookies.keys()];
  const there = at(two, client.cookies);
  const done = await finish(there, back);
  expect([done.status, done.headers.location]).toEqual([303, wanted]);
  expect([...there.cookies.keys()].filter((name) => attempt.includes(name))).toEqual([]);
  const here = at(one, there.cookies);
  expect((await here.session()).json()).toMatchObject({
    signedIn: true,
    caller: "user:ada",
    label: ADA.email,
  });
  expect((await here.list("demo")).status).toBe(200);
  expect((await here.list("other")).status).toBe(403);
});

it("what has to be remembered meanwhile is sealed, sent to the console's own points only, and also from another site", async () => {
  const { setCookies } = await client.get("/console/sign-in");
  const [pair, ...attributes] = setCookies[0]?.split("; ") ?? [];
  expect(pair).toMatch(/^keyfast_sign_in_[\w-]{16}_8080=eyJ[\w-]+\.\.[\w-]+\.[\w-]+\.[\w-]+$/);
  expect(attributes.sort()).toEqual(["HttpOnly", "Max-Age=600", "Path=/console", "SameSite=Lax"]);
});

it("is begun and finished by GET only, so that looking at an address uses nothing up", async () => {
  const back = await throughProvider(client);
  for (const path of ["/console/sign-in", back.pathname + back.search]) {
    const { status, headers, setCookies } = await client.send("HEAD", path);
    expect([status, headers.allow, setCookies], path).toEqual([405, "GET", []]);
  }
  expect((await finish(client, back)).headers.location).toBe("/projects/demo/api-keys");
});

it("is not begun by a page of another site", async () => {
  const before = provider.seen.signIns.length;
  const answer = await client.get("/console/sign-in", { "sec-fetch-site": "cross-site" });
  expect([answer.status, answer.setCookies]).toEqual([403, []]);
  expect(provider.seen.signIns.length).toBe(before);
});

describe("it comes to nothing, and the page says so,", () => {
  const outcome = async (by: ConsoleClient, back: URL) => {
    const { headers } = await finish(by, back);
    expect((await by.session()).json()).toMatchObject({ signedIn: false });
    return headers.location;
  };

  it("where the provider refuses, which is no fault of the service", async () => {
    provider.setPerson(undefined);
    const before = one.logged.length;
    const back = await throughProvider(client);
    expect(await outcome(client, back)).toBe("/projects/demo/api-keys?sign-in=denied");
    expect(one.logged.slice(before).filter((line) => JSON.parse(line).level >= 40)).toEqual([]);
  });

  it("where its answer is no sign-in, of which nothing reaches the log", async () => {
    for (const answer of [
      '{"token_type":"Bearer","access_token":"opaque-hunter2","refresh_token":"hunter2"}',
      '{"token_type":"Bearer","access_token":"hunter2","id_token":"hunter2"}',
      `{"token_type":"Bearer","access_token":"x","id_token":"${await provider.sign({ sub: "hunter2" })}"}`,
      '{"access_token": hunter2}',
      '{"error":"invalid_client","error_description":"hunter2"}',
    ]) {
      provider.setTokenAnswer(answer);
      const before = one.logged.length;
      expect(await outcome(client, await throughProvider(client)), answer).toMatch(/\?sign-in=failed$/);
      const lines = one.logged.slice(before).join("");
      expect(lines, answer).toMatch(/ProviderFaultError/);
      expect(lines).not.toMatch(/hunter2|eyJ/);
    }
  });

  it("in another browser than it was begun in", async () => {
    const back = await throughProvider(client);
    expect(await outcome(at(one), back)).toBe("/?sign-in=stale");
  });

  it("with the state or the code of another sign-in, of which the former is no fault of the service", async () => {
    const other = at(one);
    const [back, foreign] = [await throughProvider(client), await throughProvider(other)];
    const before = one.logged.length;
    expect(await outcome(at(one, client.cookies), foreign)).toBe("/?sign-in=stale");
    expect(one.logged.slice(before).filter((line) => JSON.parse(line).level >= 40)).toEqual([]);
    back.searchParams.set("code", foreign.searchParams.get("code") ?? "");
    expect(await outcome(client, back)).toMatch(/\?sign-in=denied$/);
    expect(provider.seen.refusals.at(-1)).toBe("the verifier is not the challenge's");
  });

  it("a second time with the same code", async () => {
    const back = await throughProvider(client);
    const before = new Map(client.cookies);
    await finish(client, back);
    expect(await outcome(at(one, before), back)).toMatch(/\?sign-in=denied$/);
  });

  it("while the provider is down", async () => {
    provider.setBroken(true);
    const fresh = await startService(provider.settings);
    const { status, headers } = await at(fresh).get("/console/sign-in?return=/");
    expect([status, headers.location]).toEqual([303, "/?sign-in=failed"]);
    await fresh.stop();
  });
});

it("leads back to the longest search there is, on a page of it", async () => {
  const wanted = `/projects/demo/api-keys?${new URLSearchParams({ q: "\u{1f511}".repeat(100), page: "t".repeat(600), n: "2" })}`;
  expect(wanted.length).toBeGreaterThan(1_800);
  expect((await finish(client, await throughProvider(client, wanted))).headers.location).toBe(wanted);
});

it.each([
  "https://evil.example/",
  "//evil.example",
  "/\\evil.example",
  "/console/session",
  "/projects/a/api-keys#x",
  "/?a=<b>",
])("never leads elsewhere: %s", async (returnTo) => {
  const back = await throughProvider(client, returnTo);
  expect((await finish(client, back)).headers.location).toBe("/");
});

describe("a session that can be renewed", () => {
  /** Older than the margin before the end from its first moment on. */
  const signInBriefly = async () => {
    provider.setLifetime(29);
    await finish(client, await throughProvider(client));
  };

  it("is renewed by reading it, with each refresh token used once, whichever process reads", async () => {
    await signInBriefly();
    const before = provider.seen.refreshes;
    expect((await client.session()).json()).toMatchObject({ signedIn: true, freshForMs: 0 });
    provider.setLifetime(300);
    const there = at(two, client.cookies);
    const renewed = (await there.session()).json();
    expect(renewed.freshForMs).toBeGreaterThan(200_000);
    expect((await there.session()).json()).toMatchObject({ signedIn: true });
    expect(provider.seen.refreshes - before).toBe(2);
    expect((await there.list("demo")).status).toBe(200);
  });

  it("is not renewed by calls, of which many may be under way", async () => {
    await signInBriefly();
    const before = provider.seen.refreshes;
    const answers = await Promise.all(Array.from({ length: 6 }, () => client.list("demo")));
    expect(answers.map(({ status }) => status)).toEqual(Array(6).fill(200));
    expect(provider.seen.refreshes).toBe(before);
  });

  it("ends where the provider takes its refresh token no more, and stays where it cannot be asked", async () => {
    await signInBriefly();
    const stolen = new Map(client.cookies);
    provider.setBroken(true);
    expect((await client.session()).json()).toMatchObject({ signedIn: true });
    provider.setBroken(false);
    expect((await client.session()).json()).toMatchObject({ signedIn: true });
    expect((await at(two, stolen).session()).json()).toMatchObject({ signedIn: false, hasEnded: true });
  });
});

it("a person without any project is signed in and told so", async () => {
  provider.setPerson({ sub: "eve", projects: [] });
  await finish(client, await throughProvider(client));
  expect((await client.session()).json()).toMatchObject({ signedIn: true, projects: [] });
  expect((await client.list("demo")).status).toBe(403);
});

it("without a client there is no such way", async () => {
  const { KEYFAST_OIDC_CLIENT_ID: _, KEYFAST_OIDC_CLIENT_SECRET: __, ...rest } = provider.settings;
  const plain = await startService(rest);
  expect((await at(plain).get("/console/sign-in")).status).toBe(404);
  expect(
    (await at(plain).send("GET", "/console/session", { headers: OWN_HEADERS })).json().methods.provider,
  ).toBe(false);
  await plain.stop();
});
