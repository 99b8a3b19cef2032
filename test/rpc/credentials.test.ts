import { Code } from "@connectrpc/connect";
import { SignJWT, UnsecuredJWT } from "jose";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { errorOf, expectError, reasonOf } from "../support/errors.ts";
import { AUDIENCE, startIssuer } from "../support/issuer.ts";
import { aWish, createKey, PermissionLevel, Resource, restricted } from "../support/keys.ts";
import {
  type ApiKeyClient,
  OPERATOR_TOKEN,
  SERVICE_TOKEN,
  startService,
  type TestService,
} from "../support/service.ts";

let service: TestService;
let issuer: Awaited<ReturnType<typeof startIssuer>>;
const tokens: Record<string, string> = {};

beforeAll(async () => {
  issuer = await startIssuer();
  service = await startService({ KEYFAST_OIDC_ISSUER: issuer.url, KEYFAST_OIDC_AUDIENCE: AUDIENCE });
  const operator = service.grpc(OPERATOR_TOKEN);
  const keyWith = async (level: PermissionLevel) =>
    (await createKey(operator, { access: restricted([Resource.API_KEYS, level]) })).key;
  tokens.operator = OPERATOR_TOKEN;
  tokens.service = SERVICE_TOKEN;
  tokens.administrator = await issuer.person("ada", ["demo"]);
  tokens.visitor = await issuer.person("bob", ["elsewhere", "*"]);
  tokens["key that writes keys"] = await keyWith(PermissionLevel.WRITE);
  tokens["key that reads keys"] = await keyWith(PermissionLevel.READ);
  tokens["key without keys"] = await keyWith(PermissionLevel.NO_ACCESS);
});
afterAll(async () => {
  await service.stop();
  await issuer.stop();
});

const CALLS: Record<string, (client: ApiKeyClient) => Promise<unknown>> = {
  List: (client) => client.listApiKeys({ projectId: "demo" }),
  Get: (client) => client.getApiKey({ projectId: "demo", keyId: "0000000000000000" }),
  Create: (client) => client.createApiKey(aWish({ access: restricted() })),
  Delete: (client) => client.deleteApiKey({ projectId: "demo", keyId: "0000000000000000" }),
  Verify: (client) => client.verifyApiKey({ key: "nothing" }),
};

const NO_METHOD = "METHOD_NOT_ALLOWED";
const NO_PROJECT = "PROJECT_NOT_ALLOWED";
/** What each credential gets for List, Get, Create, Delete, Verify: "may", or the reason why not. */
const TABLE: Record<string, [string, string, string, string, string]> = {
  operator: ["may", "may", "may", "may", "may"],
  service: [NO_METHOD, NO_METHOD, NO_METHOD, NO_METHOD, "may"],
  administrator: ["may", "may", "may", "may", NO_METHOD],
  visitor: [NO_PROJECT, NO_PROJECT, NO_PROJECT, NO_PROJECT, NO_METHOD],
  "key that writes keys": ["may", "may", "may", "may", NO_METHOD],
  "key that reads keys": ["may", "may", NO_METHOD, NO_METHOD, NO_METHOD],
  "key without keys": [NO_METHOD, NO_METHOD, NO_METHOD, NO_METHOD, NO_METHOD],
};

describe("each credential against each rpc", () => {
  for (const [who, row] of Object.entries(TABLE)) {
    Object.entries(CALLS).forEach(([name, call], index) => {
      it(`${who}: ${name}: ${row[index]}`, async () => {
        const outcome = await call(service.grpc(tokens[who])).then(
          () => "may",
          async (error) => reasonOf(await errorOf(Promise.reject(error))) ?? "",
        );
        // Getting or deleting what is not there is what one who may is told.
        expect(outcome === "KEY_NOT_FOUND" ? "may" : outcome).toBe(row[index]);
      });
    });
  }
});

describe("a credential that is not good", () => {
  it.each(Object.keys(CALLS))("is UNAUTHENTICATED for %s: none", async (name) => {
    const call = CALLS[name]?.(service.grpc(undefined)) ?? Promise.resolve();
    await expectError(call, Code.Unauthenticated, "CREDENTIAL_MISSING");
  });

  const inAnHour = () => Math.floor(Date.now() / 1_000) + 3_600;
  const claims = () => ({
    iss: issuer.url,
    aud: AUDIENCE,
    sub: "ada",
    keyfast_projects: ["demo"],
    exp: inAnHour(),
  });

  it.each([
    ["garbage", async () => "garbage"],
    ["an operator token with a character more", async () => `${OPERATOR_TOKEN}x`],
    ["a key that never was", async () => `kf_prod_${"0".repeat(65)}`],
    [
      "an expired JWT",
      () => issuer.sign({ sub: "ada", keyfast_projects: ["demo"] }, Math.floor(Date.now() / 1_000) - 60),
    ],
    ["a JWT for somebody else", () => issuer.sign({ sub: "ada", keyfast_projects: ["demo"], aud: "other" })],
    [
      "a JWT of another issuer",
      () => issuer.sign({ sub: "ada", keyfast_projects: ["demo"], iss: "https://else.example" }),
    ],
    ["a JWT whose subject is a number", () => issuer.sign({ sub: 123 as never, keyfast_projects: ["demo"] })],
    [
      "a JWT whose subject is a list",
      () => issuer.sign({ sub: ["ada"] as never, keyfast_projects: ["demo"] }),
    ],
    ["a JWT whose subject has a line break", () => issuer.sign({ sub: "a\nb", keyfast_projects: ["demo"] })],
    ["a JWT whose subject is no text", () => issuer.sign({ sub: "a\ud800", keyfast_projects: ["demo"] })],
    ["a JWT without subject", () => issuer.sign({ keyfast_projects: ["demo"] })],
    ["an unsigned JWT", async () => new UnsecuredJWT(claims()).encode()],
    [
      "a JWT with a symmetric signature",
      () => new SignJWT(claims()).setProtectedHeader({ alg: "HS256", kid: "one" }).sign(Buffer.alloc(32, 7)),
    ],
  ] as [string, () => Promise<string>][])("is UNAUTHENTICATED: %s", async (_, make) => {
    const call = service.grpc(await make()).listApiKeys({ projectId: "demo" });
    await expectError(call, Code.Unauthenticated, "CREDENTIAL_INVALID");
  });

  it("is UNAVAILABLE to judge while the issuer's keys are out of reach", async () => {
    const lost = await startService({
      KEYFAST_OIDC_ISSUER: issuer.url,
      KEYFAST_OIDC_AUDIENCE: AUDIENCE,
      KEYFAST_OIDC_JWKS_URL: "http://127.0.0.1:9/keys",
    });
    try {
      const call = lost.grpc(tokens.administrator).listApiKeys({ projectId: "demo" });
      await expectError(call, Code.Unavailable, "ISSUER_UNAVAILABLE");
    } finally {
      await lost.stop();
    }
  });
});

describe("the order of checks", () => {
  it("says UNAUTHENTICATED before it looks at the message", async () => {
    await expectError(service.grpc("bad").createApiKey({}), Code.Unauthenticated, "CREDENTIAL_INVALID");
  });
  it("says which method may not be called before it looks at the fields", async () => {
    await expectError(service.grpc(SERVICE_TOKEN).createApiKey({}), Code.PermissionDenied, NO_METHOD);
  });
  it("says that a project is not theirs before it looks at the fields", async () => {
    const call = service.grpc(tokens.administrator).createApiKey({ projectId: "other" });
    await expectError(call, Code.PermissionDenied, NO_PROJECT);
  });
  it("looks at the fields before it looks at what would exceed the caller", async () => {
    const call = service.grpc(tokens["key that writes keys"]).createApiKey(aWish({ displayName: "" }));
    await expectError(call, Code.InvalidArgument, "FIELD_INVALID");
  });
});
