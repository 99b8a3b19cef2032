/** Every way to be refused, by every protocol, with a marker in all that is sent: no error repeats what it was sent. */
import { randomBytes } from "node:crypto";
import { brotliCompressSync, gzipSync } from "node:zlib";
import type { DescMethodUnary, MessageInitShape } from "@bufbuild/protobuf";
import { timestampFromDate } from "@bufbuild/protobuf/wkt";
import { Code } from "@connectrpc/connect";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Verdict } from "../../gen/keyfast/v1/api_key_pb.ts";
import { ApiKeyService } from "../../gen/keyfast/v1/api_key_service_pb.ts";
import {
  aWish,
  createKey,
  type Environment,
  PermissionLevel,
  Resource,
  restricted,
} from "../support/keys.ts";
import { expectRefusal, type Refusal } from "../support/refusals.ts";
import { OPERATOR_TOKEN, SERVICE_TOKEN, startService, type TestService } from "../support/service.ts";
import {
  encode,
  errorIn,
  PROTOCOLS,
  type Protocol,
  pathOf,
  sendWire,
  toldBy,
  type WireCall,
} from "../support/wire.ts";

/** May stand in place of a key id or a request's text anywhere. */
const MARKER = `Mark${randomBytes(6).toString("hex")}`;
const LIMIT = 64 * 1024;
const { listApiKeys, getApiKey, createApiKey, deleteApiKey, verifyApiKey } = ApiKeyService.method;

let service: TestService;
let goodKey: string;
let deletedKey: string;
/** A key that may read and write keys, of the project `demo`. */
let managerKey: string;

beforeAll(async () => {
  service = await startService();
  const operator = service.grpc(OPERATOR_TOKEN);
  goodKey = (await createKey(operator)).key;
  managerKey = (await createKey(operator, { access: restricted([Resource.API_KEYS, PermissionLevel.WRITE]) }))
    .key;
  const gone = await createKey(operator);
  deletedKey = gone.key;
  await operator.deleteApiKey({ projectId: "demo", keyId: gone.keyId });
});
afterAll(async () => {
  const repeated = service.logged.filter((line) => line.toLowerCase().includes(MARKER.toLowerCase()));
  await service.stop();
  expect(repeated, "what was sent, in the log").toEqual([]);
});

interface Case extends Refusal {
  readonly name: string;
  readonly call: (protocol: Protocol) => WireCall & { readonly path?: string };
  /** Where the case makes no sense in some of them. */
  readonly only?: (protocol: Protocol) => boolean;
}

type Method = DescMethodUnary;

/** A well-formed message to a method. */
const asking =
  <M extends Method>(
    method: M,
    message: () => MessageInitShape<M["input"]>,
    token: () => string | undefined,
  ) =>
  (protocol: Protocol) => ({
    path: pathOf(method),
    message: encode(protocol, method.input, message()),
    token: token(),
  });

const operator = () => OPERATOR_TOKEN;
const jsonText = (text: string) => () => ({
  path: pathOf(listApiKeys),
  message: Buffer.from(text),
  token: OPERATOR_TOKEN,
});
const isJson = (protocol: Protocol) => protocol.isJson;
const isBinary = (protocol: Protocol) => !protocol.isJson;
const isFramed = (protocol: Protocol) => protocol.isFramed;

/** The bytes of a protobuf field of the wire type "length-delimited". */
const field = (number: number, bytes: Uint8Array) =>
  Buffer.concat([Buffer.from([(number << 3) | 2, bytes.byteLength]), bytes]);

const compressed = (encoding: string, bytes: Buffer) => (protocol: Protocol) => ({
  path: pathOf(listApiKeys),
  token: OPERATOR_TOKEN,
  message: bytes,
  flags: 1,
  headers: { [protocol.encodingHeader]: encoding },
});

const UNAUTHENTICATED: Case[] = [
  {
    name: "no credential",
    call: asking(
      listApiKeys,
      () => ({ projectId: MARKER }),
      () => undefined,
    ),
    code: Code.Unauthenticated,
    reason: "CREDENTIAL_MISSING",
  },
  {
    name: "a credential of another scheme",
    call: (protocol) => ({
      ...asking(
        listApiKeys,
        () => ({ projectId: MARKER }),
        () => undefined,
      )(protocol),
      headers: { authorization: `Basic ${MARKER}` },
    }),
    code: Code.Unauthenticated,
    reason: "CREDENTIAL_MISSING",
  },
  {
    name: "an unknown credential",
    call: asking(
      listApiKeys,
      () => ({ projectId: MARKER }),
      () => MARKER,
    ),
    code: Code.Unauthenticated,
    reason: "CREDENTIAL_INVALID",
  },
  {
    name: "a credential of 20,000 characters",
    call: asking(
      listApiKeys,
      () => ({}),
      () => MARKER.repeat(1_250),
    ),
    code: Code.Unauthenticated,
    reason: "CREDENTIAL_INVALID",
  },
  {
    name: "a deleted key as the credential",
    call: asking(
      listApiKeys,
      () => ({ projectId: MARKER }),
      () => deletedKey,
    ),
    code: Code.Unauthenticated,
    reason: "CREDENTIAL_INVALID",
  },
  {
    name: "no credential and an unreadable message",
    call: () => ({ message: Buffer.from(`{"${MARKER}`) }),
    code: Code.Unauthenticated,
    reason: "CREDENTIAL_MISSING",
  },
];

const DENIED: Case[] = [
  {
    name: "a method that the caller may not call",
    call: asking(
      createApiKey,
      () => ({ projectId: MARKER, displayName: MARKER }),
      () => SERVICE_TOKEN,
    ),
    code: Code.PermissionDenied,
    reason: "METHOD_NOT_ALLOWED",
  },
  {
    name: "a method that the caller may not call, with an unreadable message",
    call: () => ({ path: pathOf(createApiKey), token: SERVICE_TOKEN, message: Buffer.from(`{"${MARKER}`) }),
    code: Code.PermissionDenied,
    reason: "METHOD_NOT_ALLOWED",
  },
  ...[listApiKeys, getApiKey, createApiKey, deleteApiKey].map((method) => ({
    name: `another project, for ${method.name}`,
    call: asking(
      method,
      () => ({ projectId: MARKER }),
      () => managerKey,
    ),
    code: Code.PermissionDenied,
    reason: "PROJECT_NOT_ALLOWED",
  })),
  {
    name: "a new key that exceeds its maker",
    call: asking(
      createApiKey,
      () => aWish({ displayName: MARKER }),
      () => managerKey,
    ),
    code: Code.PermissionDenied,
    reason: "KEY_EXCEEDS_CALLER",
  },
];

const UNREADABLE: Case[] = [
  ...[
    ["text that is not JSON", `${MARKER}`],
    ["JSON that is cut off", `{"projectId":"${MARKER}`],
    ["JSON with something behind it", `{"projectId":"demo"} ${MARKER}`],
    ["an unknown field", `{"projectId":"demo","${MARKER}":1}`],
    ["an unknown field deep inside", `{"restricted":{"permissions":[{"${MARKER}":1}]}}`],
    ["a number where text belongs", `{"projectId":4711}`],
    ["a number that is none", `{"projectId":"demo","pageSize":"${MARKER}"}`],
    ["a number too large for its field", `{"projectId":"demo","pageSize":4294967296}`],
    ["a fraction for an integer", `{"projectId":"demo","pageSize":1.5}`],
    ["an array in place of a message", `["${MARKER}"]`],
    ["null in place of a message", `null`],
    ["a field twice", `{"projectId":"demo","project_id":"${MARKER}"}`],
    ["nesting without end", `${'{"a":'.repeat(5_000)}1${"}".repeat(5_000)}`],
  ].map(([name = "", text = ""]) => ({
    name,
    call: jsonText(text),
    only: isJson,
    code: Code.InvalidArgument,
    reason: "MESSAGE_UNREADABLE",
  })),
  ...[
    ["an unknown resource", `{"permissions":[{"resource":"${MARKER}","level":"PERMISSION_LEVEL_READ"}]}`],
    ["an unknown level", `{"permissions":[{"resource":"RESOURCE_CALLS","level":"${MARKER}"}]}`],
  ].map(([name = "", text = ""]) => ({
    name: `${name}'s name`,
    call: () => ({
      path: pathOf(createApiKey),
      token: OPERATOR_TOKEN,
      message: Buffer.from(
        `{"projectId":"demo","displayName":"A","environment":"ENVIRONMENT_PRODUCTION","restricted":${text}}`,
      ),
    }),
    only: isJson,
    code: Code.InvalidArgument,
    reason: "MESSAGE_UNREADABLE",
  })),
  {
    name: "an unknown environment's name",
    call: () => ({
      path: pathOf(verifyApiKey),
      token: OPERATOR_TOKEN,
      message: Buffer.from(`{"key":"${MARKER}","environment":"${MARKER}"}`),
    }),
    only: isJson,
    code: Code.InvalidArgument,
    reason: "MESSAGE_UNREADABLE",
  },
  {
    name: "a date that is none",
    call: () => ({
      path: pathOf(createApiKey),
      token: OPERATOR_TOKEN,
      message: Buffer.from(`{"projectId":"demo","expireTime":"${MARKER}"}`),
    }),
    only: isJson,
    code: Code.InvalidArgument,
    reason: "MESSAGE_UNREADABLE",
  },
  ...(
    [
      // A kind of field that there is not; the marker alone may happen to be a message.
      ["bytes that are not Protobuf", Buffer.concat([Buffer.of(0x0f), Buffer.from(MARKER)])],
      ["a Protobuf message that is cut off", field(1, Buffer.from(MARKER)).subarray(0, -3)],
      ["text that is not UTF-8", field(1, Buffer.concat([Buffer.from(MARKER), Buffer.from([0xff, 0xfe])]))],
      ["a lone surrogate in UTF-8's form", field(1, Buffer.from([0xed, 0xa0, 0x80]))],
      ["a varint without end", Buffer.alloc(20, 0xff)],
      ["an end of a group that was not begun", Buffer.from([0x0c])],
    ] as const
  ).map(([name, bytes]) => ({
    name,
    call: () => ({ path: pathOf(listApiKeys), token: OPERATOR_TOKEN, message: bytes }),
    only: isBinary,
    code: Code.InvalidArgument,
    reason: "MESSAGE_UNREADABLE",
  })),
  {
    name: "bytes that are not gzip",
    call: compressed("gzip", Buffer.from(MARKER)),
    code: Code.InvalidArgument,
    reason: "MESSAGE_UNREADABLE",
  },
  {
    name: "gzip that is cut off",
    call: compressed("gzip", gzipSync(MARKER.repeat(9)).subarray(0, -6)),
    code: Code.InvalidArgument,
    reason: "MESSAGE_UNREADABLE",
  },
  {
    name: "a compressed frame without a compression",
    call: () => ({
      path: pathOf(listApiKeys),
      token: OPERATOR_TOKEN,
      message: Buffer.from(MARKER),
      flags: 1,
    }),
    only: isFramed,
    code: Code.InvalidArgument,
    reason: "MESSAGE_UNREADABLE",
  },
  {
    name: "a deadline that cannot be read",
    call: (protocol) => ({
      ...asking(listApiKeys, () => ({ projectId: "demo" }), operator)(protocol),
      headers: { [protocol.timeoutHeader.name]: MARKER },
    }),
    code: Code.InvalidArgument,
    reason: "MESSAGE_UNREADABLE",
  },
];

const TOO_LARGE: Case[] = [
  {
    name: "a message one byte too large",
    call: () => ({ path: pathOf(listApiKeys), token: OPERATOR_TOKEN, message: Buffer.alloc(LIMIT + 1, " ") }),
    code: Code.ResourceExhausted,
    reason: "MESSAGE_TOO_LARGE",
  },
  {
    name: "a message of a few megabytes",
    call: () => ({
      path: pathOf(listApiKeys),
      token: OPERATOR_TOKEN,
      message: Buffer.alloc(4 << 20, MARKER),
    }),
    code: Code.ResourceExhausted,
    reason: "MESSAGE_TOO_LARGE",
  },
  {
    name: "gzip that explodes",
    call: compressed("gzip", gzipSync(Buffer.alloc(32 << 20, " "))),
    code: Code.ResourceExhausted,
    reason: "MESSAGE_TOO_LARGE",
  },
  {
    name: "Brotli that explodes",
    call: compressed("br", brotliCompressSync(Buffer.alloc(32 << 20, " "))),
    code: Code.ResourceExhausted,
    reason: "MESSAGE_TOO_LARGE",
  },
  {
    name: "an unknown compression",
    call: compressed(MARKER.toLowerCase(), Buffer.from(MARKER)),
    code: Code.Unimplemented,
    reason: "ENCODING_NOT_SUPPORTED",
  },
];

const LONG_NAME = MARKER.repeat(7);
const past = () => timestampFromDate(new Date(Date.now() - 1));

const INVALID: Case[] = [
  {
    name: "an empty List",
    call: asking(listApiKeys, () => ({}), operator),
    fields: ["project_id"],
    code: Code.InvalidArgument,
    reason: "FIELD_INVALID",
  },
  {
    name: "List with every field wrong",
    call: asking(
      listApiKeys,
      () => ({ projectId: `/${MARKER}`, pageSize: -1, query: LONG_NAME, creator: MARKER.repeat(20) }),
      operator,
    ),
    fields: ["project_id", "page_size", "query", "creator"],
    code: Code.InvalidArgument,
    reason: "FIELD_INVALID",
  },
  ...[getApiKey, deleteApiKey].map((method) => ({
    name: `${method.name} with every field wrong`,
    call: asking(method, () => ({ projectId: `.${MARKER}`, keyId: `${MARKER}!` }), operator),
    fields: ["project_id", "key_id"],
    code: Code.InvalidArgument,
    reason: "FIELD_INVALID",
  })),
  {
    name: "an empty Create",
    call: asking(createApiKey, () => ({}), operator),
    fields: ["project_id", "display_name", "access", "environment"],
    code: Code.InvalidArgument,
    reason: "FIELD_INVALID",
  },
  {
    name: "Create with every field wrong",
    call: asking(
      createApiKey,
      () => ({
        projectId: ` ${MARKER}`,
        displayName: LONG_NAME,
        access: restricted([77 as Resource, 66 as PermissionLevel]),
        environment: 55 as Environment,
        requestId: MARKER,
      }),
      operator,
    ),
    fields: [
      "project_id",
      "display_name",
      "restricted.permissions[0].resource",
      "restricted.permissions[0].level",
      "environment",
      "request_id",
    ],
    code: Code.InvalidArgument,
    reason: "FIELD_INVALID",
    // In JSON, numbers of an enum that it does not have cannot be read.
    only: isBinary,
  },
  {
    name: "Create with an expiry in the past",
    call: asking(createApiKey, () => aWish({ displayName: MARKER, expireTime: past() }), operator),
    fields: ["expire_time"],
    code: Code.InvalidArgument,
    reason: "FIELD_INVALID",
  },
  {
    name: "Create with a control character in the name",
    call: asking(createApiKey, () => aWish({ displayName: `${MARKER}\u0000${MARKER}` }), operator),
    fields: ["display_name"],
    code: Code.InvalidArgument,
    reason: "FIELD_INVALID",
  },
  {
    name: "Verify with every field wrong",
    call: asking(
      verifyApiKey,
      () => ({
        key: MARKER,
        required: [{ resource: Resource.CALLS, level: PermissionLevel.NO_ACCESS }],
        projectId: `-${MARKER}`,
      }),
      operator,
    ),
    fields: ["required[0]", "project_id"],
    code: Code.InvalidArgument,
    reason: "FIELD_INVALID",
  },
  {
    name: "a page token that was not made here",
    call: asking(listApiKeys, () => ({ projectId: "demo", pageToken: MARKER }), operator),
    fields: ["page_token"],
    code: Code.InvalidArgument,
    reason: "PAGE_TOKEN_INVALID",
  },
  {
    name: "a page token that is too long",
    call: asking(listApiKeys, () => ({ projectId: "demo", pageToken: MARKER.repeat(40) }), operator),
    fields: ["page_token"],
    code: Code.InvalidArgument,
    reason: "FIELD_INVALID",
  },
];

const NOT_THERE: Case[] = [
  ...[getApiKey, deleteApiKey].map((method) => ({
    name: `a key that is not there, for ${method.name}`,
    call: asking(method, () => ({ projectId: "demo", keyId: MARKER }), operator),
    code: Code.NotFound,
    reason: "KEY_NOT_FOUND",
  })),
  {
    name: "a method that is not there",
    call: (protocol) => ({
      ...asking(listApiKeys, () => ({ projectId: "demo" }), operator)(protocol),
      path: `/keyfast.v1.ApiKeyService/${MARKER}`,
    }),
    code: Code.Unimplemented,
    reason: "METHOD_UNKNOWN",
  },
  {
    name: "a service that is not there",
    call: (protocol) => ({
      ...asking(listApiKeys, () => ({ projectId: "demo" }), operator)(protocol),
      path: `/${MARKER}/ListApiKeys?${MARKER}`,
    }),
    code: Code.Unimplemented,
    reason: "METHOD_UNKNOWN",
  },
];

const CASES = [...UNAUTHENTICATED, ...DENIED, ...UNREADABLE, ...TOO_LARGE, ...INVALID, ...NOT_THERE];

describe.each(PROTOCOLS)("by $name", (protocol) => {
  const cases = CASES.filter(({ only }) => only?.(protocol) ?? true);

  it.each(cases)("$name is $reason, and nothing of it is repeated", async ({ call, ...expected }) => {
    const { path = pathOf(listApiKeys), ...request } = call(protocol);
    const answer = await sendWire(service, protocol, path, request);
    expectRefusal(answer, expected);
    expect(toldBy(answer).toLowerCase()).not.toContain(MARKER.toLowerCase());
    const { verdict } = await service.grpc(SERVICE_TOKEN).verifyApiKey({ key: goodKey });
    expect(verdict).toBe(Verdict.VALID);
  });

  it("a message of 64 KiB sharp is read", async () => {
    const message = encode(protocol, listApiKeys.input, { projectId: "demo" });
    // White space in JSON, an unknown field of any length in Protobuf.
    const missing = LIMIT - message.byteLength;
    const padding = protocol.isJson ? Buffer.alloc(missing, " ") : paddingField(missing);
    const answer = await sendWire(service, protocol, pathOf(listApiKeys), {
      token: OPERATOR_TOKEN,
      message: Buffer.concat([message, padding]),
    });
    expect(errorIn(answer)).toBeUndefined();
  });
});

/** A field of this many bytes, its tag included, that no message has. */
function paddingField(length: number): Buffer {
  const content = length - 2 - 3;
  const head = [0xfa, 0x7f, 0x80 | (content & 0x7f), 0x80 | ((content >> 7) & 0x7f), content >> 14];
  return Buffer.concat([Buffer.from(head), Buffer.alloc(content)]);
}
