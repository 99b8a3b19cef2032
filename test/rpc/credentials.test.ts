import { randomBytes } from "node:crypto";
import { crc32 } from "node:zlib";
import { timestampFromDate } from "@bufbuild/protobuf/wkt";
import { Code } from "@connectrpc/connect";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Verdict } from "../../gen/keyfast/v1/api_key_pb.ts";
import { encodeBase62, newKeyId, newKeyText } from "../../src/domain/key-text.ts";
import { errorOf, expectError, reasonOf } from "../support/errors.ts";
import { AUDIENCE, startIssuer } from "../support/issuer.ts";
import { aWish, createKey, PermissionLevel, Resource, restricted } from "../support/keys.ts";
import {
  type ApiKeyClient,
  OPERATOR_TOKEN,
  PINNED_TOKEN,
  SERVICE_TOKEN,
  startService,
  type TestService,
} from "../support/service.ts";

const SECOND_OPERATOR = `second-${randomBytes(24).toString("hex")}`;

let service: TestService;
let issuer: Awaited<ReturnType<typeof startIssuer>>;
const tokens: Record<string, string> = {};

beforeAll(async () => {
  issuer = await startIssuer();
  service = await startService({
    KEYFAST_OIDC_ISSUER: issuer.url,
    KEYFAST_OIDC_AUDIENCE: AUDIENCE,
    KEYFAST_OPERATOR_TOKENS: `${OPERATOR_TOKEN},${SECOND_OPERATOR}`,
  });
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
  tokens["second operator"] = SECOND_OPERATOR;
  tokens["pinned service"] = PINNED_TOKEN;
  tokens["key without restriction"] = (await createKey(operator)).key;
  tokens["key for other resources"] = (
    await createKey(operator, { access: restricted([Resource.MEMBERS, PermissionLevel.WRITE]) })
  ).key;
  tokens["key without access"] = (await createKey(operator, { access: restricted() })).key;
  tokens["key of another project"] = (await createKey(operator, { projectId: "elsewhere" })).key;
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
  "second operator": ["may", "may", "may", "may", "may"],
  "pinned service": [NO_METHOD, NO_METHOD, NO_METHOD, NO_METHOD, "may"],
  "key without restriction": ["may", "may", "may", "may", NO_METHOD],
  "key for other resources": [NO_METHOD, NO_METHOD, NO_METHOD, NO_METHOD, NO_METHOD],
  "key without access": [NO_METHOD, NO_METHOD, NO_METHOD, NO_METHOD, NO_METHOD],
  "key of another project": [NO_PROJECT, NO_PROJECT, NO_PROJECT, NO_PROJECT, NO_METHOD],
  "key without keys": [NO_METHOD, NO_METHOD, NO_METHOD, NO_METHOD, NO_METHOD],
};

/** "may", or the reason why not. Getting or deleting what is not there is what one who may is told. */
async function outcomeOf(call: Promise<unknown>): Promise<string | undefined> {
  const reason = await call.then(
    () => "may",
    async (error: unknown) => reasonOf(await errorOf(Promise.reject(error))),
  );
  return reason === "KEY_NOT_FOUND" ? "may" : reason;
}

/** The same key id, another secret, a good checksum. */
function withIdOf(key: string, other: string): string {
  const body = key.slice(0, 24) + other.slice(24, -6);
  return body + encodeBase62(BigInt(crc32(body)), 6);
}

describe("each credential against each rpc", () => {
  for (const [who, row] of Object.entries(TABLE)) {
    Object.entries(CALLS).forEach(([name, call], index) => {
      it(`${who}: ${name}: ${row[index]}`, async () => {
        expect(await outcomeOf(call(service.grpc(tokens[who])))).toBe(row[index]);
      });
    });
  }
});

describe("a credential that is not good", () => {
  /** Each as somebody else may hold it. */
  const BAD: Record<string, () => Promise<string>> = {
    garbage: async () => "garbage",
    "an operator token with a character more": async () => `${OPERATOR_TOKEN}x`,
    "an operator token with a character less": async () => OPERATOR_TOKEN.slice(0, -1),
    "an operator token in capitals": async () => OPERATOR_TOKEN.toUpperCase(),
    "two operator tokens at once": async () => `${OPERATOR_TOKEN},${SECOND_OPERATOR}`,
    "a key that never was": async () => `kf_prod_${"0".repeat(65)}`,
    "a key that never was, with a good checksum": async () => newKeyText("kf", 3, newKeyId()),
    "a deleted key": async () => {
      const { key, keyId } = await createKey(service.grpc(OPERATOR_TOKEN));
      expect(await outcomeOf(service.grpc(key).listApiKeys({ projectId: "demo" }))).toBe("may");
      await service.grpc(OPERATOR_TOKEN).deleteApiKey({ projectId: "demo", keyId });
      return key;
    },
    "an expired key": async () => {
      const expireTime = timestampFromDate(new Date(Date.now() + 300));
      const { key } = await createKey(service.grpc(OPERATOR_TOKEN), { expireTime });
      const verify = () => service.grpc(SERVICE_TOKEN).verifyApiKey({ key });
      await expect.poll(async () => (await verify()).verdict).toBe(Verdict.EXPIRED);
      return key;
    },
    "a key with another's secret": async () => {
      const operator = service.grpc(OPERATOR_TOKEN);
      const { key } = await createKey(operator);
      return withIdOf(key, newKeyText("kf", 3, newKeyId()));
    },
    "an expired JWT": () => issuer.sign({ sub: "ada", keyfast_projects: ["demo"] }, Date.now() / 1_000 - 60),
  };

  const each = Object.entries(BAD).flatMap(([what, make]) =>
    Object.entries(CALLS).map(([rpc, call]) => ({ what, rpc, make, call })),
  );

  it.each(each)("is UNAUTHENTICATED for $rpc: $what", async ({ make, call }) => {
    const token = await make();
    const reason = token.includes(",") ? "CREDENTIAL_MISSING" : "CREDENTIAL_INVALID";
    await expectError(call(service.grpc(token)), Code.Unauthenticated, reason);
  });

  it.each(Object.entries(CALLS))("is UNAUTHENTICATED for %s: none", async (_, call) => {
    await expectError(call(service.grpc(undefined)), Code.Unauthenticated, "CREDENTIAL_MISSING");
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
