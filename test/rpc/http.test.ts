/** What is asked in other ways than a client of the contract would, over HTTP/1.1 and HTTP/2. */
import { subscribe, unsubscribe } from "node:diagnostics_channel";
import type { IncomingMessage } from "node:http";
import type { IncomingHttpHeaders } from "node:http2";
import { create, toBinary } from "@bufbuild/protobuf";
import { Code, createClient } from "@connectrpc/connect";
import { createConnectTransport } from "@connectrpc/connect-node";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { Verdict } from "../../gen/keyfast/v1/api_key_pb.ts";
import {
  ApiKeyService,
  GetApiKeyRequestSchema,
  ListApiKeysRequestSchema,
} from "../../gen/keyfast/v1/api_key_service_pb.ts";
import { createKey } from "../support/keys.ts";
import { expectRefusal } from "../support/refusals.ts";
import { bearer, OPERATOR_TOKEN, SERVICE_TOKEN, startService, type TestService } from "../support/service.ts";
import { errorIn, framed, pathOf, sendBytes, sendHttp, sendHttp2, toldBy } from "../support/wire.ts";

const { listApiKeys, getApiKey, createApiKey, deleteApiKey, verifyApiKey } = ApiKeyService.method;
const AUTHORIZED = { authorization: `Bearer ${OPERATOR_TOKEN}` };

let service: TestService;
let good: { key: string; keyId: string };
beforeAll(async () => {
  service = await startService();
  good = await createKey(service.grpc(OPERATOR_TOKEN));
});
afterAll(() => service.stop());

const DOORS = [
  ["HTTP/1.1", (request: Parameters<typeof sendHttp>[1]) => sendHttp(service.httpUrl, request)],
  ["HTTP/2", (request: Parameters<typeof sendHttp2>[1]) => sendHttp2(service.grpcUrl, request)],
] as const;

async function expectServing() {
  const { verdict } = await service.connect(SERVICE_TOKEN).verifyApiKey({ key: good.key });
  expect(verdict).toBe(Verdict.VALID);
}

/** Where Node tells of what its servers receive. */
const SERVER_CHANNELS = ["http.server.request.start", "http2.server.stream.start"];
const verbOf = (message: unknown) => {
  const { request, headers } = message as { request?: IncomingMessage; headers?: IncomingHttpHeaders };
  return request?.method ?? headers?.[":method"];
};

describe("GET", () => {
  it.each(["httpUrl", "grpcUrl"] as const)(
    "lists and gets keys for Connect's own client: %s",
    async (door) => {
      const verbs: unknown[] = [];
      const onRequest = (message: unknown) => verbs.push(verbOf(message));
      SERVER_CHANNELS.forEach((channel) => {
        subscribe(channel, onRequest);
        onTestFinished(() => void unsubscribe(channel, onRequest));
      });
      const transport = createConnectTransport({
        baseUrl: service[door],
        httpVersion: door === "httpUrl" ? "1.1" : "2",
        useHttpGet: true,
        interceptors: [bearer(OPERATOR_TOKEN)],
      });
      const client = createClient(ApiKeyService, transport);
      const { apiKeys } = await client.listApiKeys({ projectId: "demo" });
      expect(apiKeys.map(({ keyId }) => keyId)).toEqual([good.keyId]);
      const { apiKey } = await client.getApiKey({ projectId: "demo", keyId: good.keyId });
      expect(apiKey?.keyId).toBe(good.keyId);
      const { verdict } = await client.verifyApiKey({ key: good.key });
      expect(verdict).toBe(Verdict.VALID);
      expect(verbs).toEqual(["GET", "GET", "POST"]);
    },
  );

  const json = (message: unknown) => `encoding=json&message=${encodeURIComponent(JSON.stringify(message))}`;
  const query = (method: typeof listApiKeys | typeof getApiKey, text: string) => ({
    method: "GET",
    path: `${pathOf(method)}?${text}`,
    headers: AUTHORIZED,
  });

  it.each(DOORS)("takes its message from the query, in JSON and in binary: %s", async (_, send) => {
    const get = create(GetApiKeyRequestSchema, { projectId: "demo", keyId: good.keyId });
    const binary = Buffer.from(toBinary(GetApiKeyRequestSchema, get)).toString("base64url");
    const inJson = await send(query(getApiKey, json({ projectId: "demo", keyId: good.keyId })));
    const inBinary = await send(query(getApiKey, `encoding=proto&base64=1&message=${binary}`));
    expect(JSON.parse(inJson.body.toString()).apiKey.keyId).toBe(good.keyId);
    expect([inJson.status, inBinary.status]).toEqual([200, 200]);
    expect(inBinary.body.includes(good.keyId)).toBe(true);
  });

  it("needs a credential as any call does", async () => {
    const { headers: _, ...request } = query(listApiKeys, json({ projectId: "demo" }));
    expectRefusal(await sendHttp(service.httpUrl, request), {
      code: Code.Unauthenticated,
      reason: "CREDENTIAL_MISSING",
    });
  });

  const tooLong = toBinary(
    ListApiKeysRequestSchema,
    create(ListApiKeysRequestSchema, { projectId: "demo", query: "x".repeat(101) }),
  );

  it.each([
    ["no encoding", "message=%7B%7D", "MESSAGE_UNREADABLE"],
    ["an encoding that does not exist", "encoding=xml&message=%3Cx%2F%3E", "MESSAGE_UNREADABLE"],
    ["no message", "encoding=json", "MESSAGE_UNREADABLE"],
    ["a message that is not base64", "encoding=proto&base64=1&message=%25%25", "MESSAGE_UNREADABLE"],
    ["a message that is not JSON", "encoding=json&message=secret-marker", "MESSAGE_UNREADABLE"],
    ["an unknown field", json({ "secret-marker": 1 }), "MESSAGE_UNREADABLE"],
    ["a broken field", json({ projectId: "demo", pageSize: -1 }), "FIELD_INVALID"],
    [
      "a broken field in binary",
      `encoding=proto&base64=1&message=${Buffer.from(tooLong).toString("base64url")}`,
      "FIELD_INVALID",
    ],
    ["percent signs that mean nothing", "encoding=json&message=%E0%A4%A", "MESSAGE_UNREADABLE"],
  ])("with %s is refused: %s", async (_, text, reason) => {
    for (const [, send] of DOORS) {
      const answer = await send(query(listApiKeys, text));
      expectRefusal(answer, { code: Code.InvalidArgument, reason });
      expect(toldBy(answer)).not.toContain("secret-marker");
    }
    await expectServing();
  });
});

describe("the HTTP method", () => {
  const READ_ONLY = [listApiKeys, getApiKey];
  const OTHERS = [createApiKey, deleteApiKey, verifyApiKey];
  const message = encodeURIComponent('{"key":"secret-marker"}');
  const cases = [
    ...OTHERS.map((rpc) => ({ verb: "GET", rpc, allow: "POST" })),
    ...["PUT", "DELETE", "PATCH", "OPTIONS"].flatMap((verb) => [
      ...OTHERS.map((rpc) => ({ verb, rpc, allow: "POST" })),
      ...READ_ONLY.map((rpc) => ({ verb, rpc, allow: "GET, POST" })),
    ]),
  ];

  it.each(cases)("$verb is refused for $rpc.name", async ({ verb, rpc, allow }) => {
    for (const [, send] of DOORS) {
      const answer = await send({
        method: verb,
        path: `${pathOf(rpc)}?encoding=json&message=${message}`,
        headers: { ...AUTHORIZED, "content-type": "application/json" },
      });
      expect(answer.status).toBe(405);
      expect(answer.headers.allow).toBe(allow);
      expectRefusal(answer, { code: Code.Unimplemented, reason: "METHOD_UNKNOWN" });
      expect(toldBy(answer)).not.toContain("secret-marker");
    }
  });
});

describe("the content type", () => {
  const message = { GOOD: Buffer.from('{"projectId":"demo"}') }.GOOD;

  it.each(["application/json", "application/json; charset=utf-8", "APPLICATION/JSON"])(
    "%s is read",
    async (type) => {
      for (const [, send] of DOORS) {
        const headers = { ...AUTHORIZED, "content-type": type };
        const answer = await send({ path: pathOf(listApiKeys), headers, body: message });
        expect(errorIn(answer)).toBeUndefined();
      }
    },
  );

  it.each([
    "",
    "text/plain",
    "text/html; secret-marker",
    "application/xml",
    "application/x-www-form-urlencoded",
    "application/jsonp",
    "application/json; charset=iso-8859-1",
    "application/proto; secret-marker",
    "application/connect+json",
    "application/connect+proto",
    "application/grpc+thrift",
    "application/grpc-web+cbor",
    "application/grpcsecret-marker",
    "secret-marker",
  ])("%j is refused", async (type) => {
    for (const [, send] of DOORS) {
      const headers = type === "" ? AUTHORIZED : { ...AUTHORIZED, "content-type": type };
      const answer = await send({ path: pathOf(listApiKeys), headers, body: message });
      expect(answer.status).toBe(415);
      expectRefusal(answer, { code: Code.InvalidArgument, reason: "MESSAGE_UNREADABLE" });
      expect(toldBy(answer)).not.toContain("secret-marker");
    }
    await expectServing();
  });
});

describe("a message that is cut off", () => {
  const head = (type: string, length: number) =>
    [
      `POST ${pathOf(listApiKeys)} HTTP/1.1`,
      "Host: localhost",
      `Authorization: Bearer ${OPERATOR_TOKEN}`,
      `Content-Type: ${type}`,
      `Content-Length: ${length}`,
      "",
      "",
    ].join("\r\n");

  it.each([
    ["before its first byte", ""],
    ["in the middle", '{"projectId":"de'],
  ])("by a client that hangs up %s harms nobody", async (_, part) => {
    const answer = await sendBytes(service.httpUrl, head("application/json", 100) + part, { end: true });
    expect(answer.toString()).not.toMatch(/^HTTP\/1\.1 200/);
    await expectServing();
  });

  it.each(["application/grpc+proto", "application/grpc-web+proto"])(
    "inside its frame is unreadable: %s",
    async (type) => {
      const promised = framed(Buffer.alloc(100));
      for (const length of [0, 1, 4, 5, 104]) {
        const [, send] = type.includes("web") ? DOORS[0] : DOORS[1];
        const headers = { ...AUTHORIZED, "content-type": type };
        const answer = await send({ path: pathOf(listApiKeys), headers, body: promised.subarray(0, length) });
        const error = errorIn(answer);
        expect(Code[error?.code ?? 0], `${length} bytes`).toBe(Code[Code.InvalidArgument]);
        expectRefusal(answer, { code: Code.InvalidArgument, reason: "MESSAGE_UNREADABLE" });
      }
      await expectServing();
    },
  );

  it("two messages where there must be one are unreadable", async () => {
    const body = Buffer.concat([framed(Buffer.alloc(0)), framed(Buffer.alloc(0))]);
    const headers = { ...AUTHORIZED, "content-type": "application/grpc+proto" };
    const answer = await sendHttp2(service.grpcUrl, { path: pathOf(listApiKeys), headers, body });
    expectRefusal(answer, { code: Code.InvalidArgument, reason: "MESSAGE_UNREADABLE" });
  });

  it("a promise of four gigabytes is refused at once", async () => {
    const lie = Buffer.from([0, 0xff, 0xff, 0xff, 0xff]);
    const headers = { ...AUTHORIZED, "content-type": "application/grpc+proto" };
    const answer = await sendHttp2(service.grpcUrl, { path: pathOf(listApiKeys), headers, body: lie });
    expectRefusal(answer, { code: Code.ResourceExhausted, reason: "MESSAGE_TOO_LARGE" });
  });
});

describe("text", () => {
  const json = async (rpc: typeof createApiKey | typeof verifyApiKey, body: string) =>
    sendHttp(service.httpUrl, {
      path: pathOf(rpc),
      headers: { ...AUTHORIZED, "content-type": "application/json" },
      body,
    });

  it.each([
    ["the name", createApiKey, '"projectId":"demo","displayName":"a\\ud800b"'],
    ["the project", createApiKey, '"projectId":"de\\udfffmo","displayName":"a"'],
    ["a key", verifyApiKey, '"key":"\\ud800"'],
    ["a field's name", verifyApiKey, '"\\ud800":"x"'],
  ] as const)("with a lone surrogate in %s is unreadable", async (_, rpc, text) => {
    const answer = await json(rpc, `{${text}}`);
    expectRefusal(answer, { code: Code.InvalidArgument, reason: "MESSAGE_UNREADABLE" });
  });

  it.each(["\\u0000", "\\u202e", "\\ufffe", "💥", "kf_prod_\\n", "\\ud83d\\udca5"])(
    "%s is no key, which is a verdict and not an error",
    async (text) => {
      const answer = await json(verifyApiKey, `{"key":"${text}"}`);
      expect(answer.status).toBe(200);
      expect(JSON.parse(answer.body.toString())).toEqual({ verdict: "VERDICT_MALFORMED" });
    },
  );
});

describe("a Host that is none", () => {
  it.each(["[", "a b", "", "\x80"])("%j is answered, and the service goes on", async (host) => {
    const request = `POST ${pathOf(listApiKeys)} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`;
    expect((await sendBytes(service.httpUrl, request)).toString()).toMatch(/^HTTP\/1\.1 400 /);
    await expectServing();
  });

  it("an authority that is none is answered, and the service goes on", async () => {
    const answer = await sendHttp2(service.grpcUrl, {
      path: pathOf(listApiKeys),
      headers: { ":authority": "[" },
    });
    expect(answer.status).toBe(400);
    await expectServing();
  });
});
