/** People, as an OpenID Connect issuer vouches for them. */
import { createPublicKey, type JsonWebKey } from "node:crypto";
import { Code } from "@connectrpc/connect";
import { type JWTPayload, SignJWT, UnsecuredJWT } from "jose";
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from "vitest";
import { errorOf, expectError, reasonOf } from "../support/errors.ts";
import { AUDIENCE, type Issuer, startIssuer } from "../support/issuer.ts";
import { createKey } from "../support/keys.ts";
import { OPERATOR_TOKEN, startService, type TestService } from "../support/service.ts";

let service: TestService;
let issuer: Issuer;
const settings = () => ({ KEYFAST_OIDC_ISSUER: issuer.url, KEYFAST_OIDC_AUDIENCE: AUDIENCE });

beforeAll(async () => {
  issuer = await startIssuer();
  service = await startService(settings());
});
afterAll(async () => {
  await service.stop();
  await issuer.stop();
});

const ADA = { sub: "ada", keyfast_projects: ["demo"] };
const seconds = (fromNow: number) => Math.floor(Date.now() / 1_000) + fromNow;
const all = () => ({ iss: issuer.url, aud: AUDIENCE, exp: seconds(300), ...ADA });

/** "in" where the token is taken for a person of the project, or the reason why not. */
async function outcomeOf(token: string, on = service): Promise<string> {
  const call = on.grpc(token).listApiKeys({ projectId: "demo" });
  return call.then(
    () => "in",
    async (error: unknown) => reasonOf(await errorOf(Promise.reject(error))) ?? "",
  );
}

/** A symmetric signature under what anybody can read. */
async function signedWithPublicKey(): Promise<string> {
  const [jwk] = issuer.keys();
  const pem = createPublicKey({ key: jwk as JsonWebKey, format: "jwk" }).export({
    type: "spki",
    format: "pem",
  });
  return new SignJWT(all()).setProtectedHeader({ alg: "HS256", kid: "first" }).sign(Buffer.from(pem));
}

function withPayload(token: string, claims: JWTPayload): string {
  const [head, , signature] = token.split(".");
  return [head, Buffer.from(JSON.stringify(claims)).toString("base64url"), signature].join(".");
}

describe("a token", () => {
  it.each([
    ["with all that is needed", () => issuer.sign(ADA)],
    ["for several audiences", () => issuer.sign({ ...ADA, aud: ["else", AUDIENCE] })],
    ["that expired less than the tolerated seconds ago", () => issuer.sign(ADA, seconds(-2))],
  ] as [string, () => Promise<string>][])("%s is good", async (_, make) => {
    expect(await outcomeOf(await make())).toBe("in");
  });

  it.each([
    ["that has expired", () => issuer.sign(ADA, seconds(-60))],
    ["that is not valid yet", () => issuer.sign({ ...ADA, nbf: seconds(60) })],
    ["for somebody else", () => issuer.sign({ ...ADA, aud: "else" })],
    ["of another issuer", () => issuer.sign({ ...ADA, iss: "https://issuer.example" })],
    ["of an issuer with a slash more", () => issuer.sign({ ...ADA, iss: `${issuer.url}/` })],
    ["without a subject", () => issuer.sign({ keyfast_projects: ["demo"] })],
    ["with an empty subject", () => issuer.sign({ ...ADA, sub: "" })],
    ["with a subject that is a number", () => issuer.sign({ ...ADA, sub: 7 as never })],
    ["with a subject of 256 characters", () => issuer.sign({ ...ADA, sub: "a".repeat(256) })],
    ["signed by a key that is not the issuer's", () => issuer.forge(ADA)],
    ["signed by nobody", async () => new UnsecuredJWT(all()).encode()],
    ["signed with the public key as a symmetric one", signedWithPublicKey],
    [
      "with a symmetric signature",
      () => new SignJWT(all()).setProtectedHeader({ alg: "HS256", kid: "first" }).sign(Buffer.alloc(32, 7)),
    ],
    ["with its claims exchanged", async () => withPayload(await issuer.sign(ADA), { ...all(), sub: "eve" })],
    ["with its signature cut off", async () => (await issuer.sign(ADA)).replace(/\.[^.]*$/, ".")],
    ["cut in two", async () => (await issuer.sign(ADA)).slice(0, 60)],
    ["of three dots", async () => "a.b.c"],
  ] as [string, () => Promise<string>][])("%s is CREDENTIAL_INVALID", async (_, make) => {
    expect(await outcomeOf(await make())).toBe("CREDENTIAL_INVALID");
  });

  it.each(["iss", "aud", "exp"] as const)("without %s is CREDENTIAL_INVALID", async (claim) => {
    expect(await outcomeOf(await issuer.signOnly({ ...all(), [claim]: undefined }))).toBe(
      "CREDENTIAL_INVALID",
    );
  });
});

describe("what a person administers", () => {
  it.each([
    ["the project among others", ["else", "demo"], "in"],
    ["no project", [], "PROJECT_NOT_ALLOWED"],
    ["another project", ["else"], "PROJECT_NOT_ALLOWED"],
    ["a wildcard", ["*"], "PROJECT_NOT_ALLOWED"],
    ["a pattern", ["de.*", "dem", "demo "], "PROJECT_NOT_ALLOWED"],
    ["the project in capitals", ["DEMO"], "PROJECT_NOT_ALLOWED"],
    ["a text and no array", "demo", "PROJECT_NOT_ALLOWED"],
    ["an object", { demo: true }, "PROJECT_NOT_ALLOWED"],
    ["an array in an array", [["demo"]], "PROJECT_NOT_ALLOWED"],
    ["nothing said", undefined, "PROJECT_NOT_ALLOWED"],
  ])("%s: %j is %s", async (_, keyfast_projects, expected) => {
    expect(await outcomeOf(await issuer.sign({ sub: "ada", keyfast_projects }))).toBe(expected);
  });

  it("is told in the same words whether or not there is such a project", async () => {
    await createKey(service.grpc(OPERATOR_TOKEN), { projectId: "theirs" });
    const client = service.grpc(await issuer.sign(ADA));
    const denied = (projectId: string) =>
      expectError(client.listApiKeys({ projectId }), Code.PermissionDenied, "PROJECT_NOT_ALLOWED");
    const [there, nowhere] = [await denied("theirs"), await denied("nowhere")];
    expect(there.message).toBe(nowhere.message);
  });

  it("is read from the claim that is configured", async () => {
    const other = await startService({ ...settings(), KEYFAST_OIDC_PROJECTS_CLAIM: "teams" });
    expect(await outcomeOf(await issuer.sign({ sub: "ada", teams: ["demo"] }), other)).toBe("in");
    expect(await outcomeOf(await issuer.sign(ADA), other)).toBe("PROJECT_NOT_ALLOWED");
    await other.stop();
  });

  it("stands as creator and in the audit log by the person's subject", async () => {
    const client = service.grpc(await issuer.sign({ ...ADA, sub: "auth0|ada" }));
    const { apiKey, keyId } = await createKey(client);
    expect(apiKey.creator).toBe("user:auth0|ada");
    const listed = await client.listApiKeys({ projectId: "demo", creator: "user:auth0|ada" });
    expect(listed.apiKeys.map((key) => key.keyId)).toEqual([keyId]);
    await client.deleteApiKey({ projectId: "demo", keyId });
    const events = await service.db.collection("audit_events").find({ key_id: keyId }).toArray();
    expect(events.map(({ actor }) => actor)).toEqual(["user:auth0|ada", "user:auth0|ada"]);
  });
});

describe("the issuer's keys", () => {
  it("may be rotated: a new one is fetched when its first token comes, and the old one is good until it goes", async () => {
    const own = await startIssuer();
    const on = await startService({ ...settings(), KEYFAST_OIDC_ISSUER: own.url });
    const before = await own.sign(ADA);
    expect(await outcomeOf(before, on)).toBe("in");
    await own.rotate("second");
    const after = await own.sign(ADA);
    // Whoever sends made-up key ids must not make the service ask the issuer each time: it waits half a minute.
    expect(await outcomeOf(after, on)).toBe("CREDENTIAL_INVALID");
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 31_000 });
    onTestFinished(() => void vi.useRealTimers());
    expect(await outcomeOf(after, on)).toBe("in");
    expect(await outcomeOf(before, on)).toBe("in");
    await on.stop();
    await own.stop();
  });

  it.each(["RS256", "PS256", "ES384", "EdDSA"])("may be of the kind %s", async (alg) => {
    const own = await startIssuer();
    await own.rotate("other", { alg, keepOld: false });
    const on = await startService({ ...settings(), KEYFAST_OIDC_ISSUER: own.url });
    expect(await outcomeOf(await own.sign(ADA), on)).toBe("in");
    await on.stop();
    await own.stop();
  });

  it("out of reach are ISSUER_UNAVAILABLE, and found as soon as they can be reached", async () => {
    const own = await startIssuer();
    own.setBroken(true);
    const on = await startService({ ...settings(), KEYFAST_OIDC_ISSUER: own.url });
    const token = await own.sign(ADA);
    await expectError(
      on.grpc(token).listApiKeys({ projectId: "demo" }),
      Code.Unavailable,
      "ISSUER_UNAVAILABLE",
    );
    own.setBroken(false);
    expect(await outcomeOf(token, on)).toBe("in");
    await on.stop();
    await own.stop();
  });

  it("of an issuer that says it is another are not taken", async () => {
    const own = await startIssuer();
    const on = await startService({
      ...settings(),
      KEYFAST_OIDC_ISSUER: own.url.replace("127.0.0.1", "localhost"),
    });
    expect(await outcomeOf(await own.sign(ADA), on)).toBe("ISSUER_UNAVAILABLE");
    await on.stop();
    await own.stop();
  });
});

it("where no issuer is configured no token is good", async () => {
  const on = await startService();
  expect(await outcomeOf(await issuer.sign(ADA), on)).toBe("CREDENTIAL_INVALID");
  await on.stop();
});
