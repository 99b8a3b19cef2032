/** Calls of Verify by gRPC, most of them as no ordinary client makes them, and what they are told. */
import { gzipSync } from "node:zlib";
import { create, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import { Code } from "@connectrpc/connect";
import { VerifyApiKeyRequestSchema } from "../../../gen/keyfast/v1/api_key_service_pb.ts";
import { PermissionLevel, Resource } from "../../support/keys.ts";
import { OPERATOR_TOKEN, PINNED_PROJECT, PINNED_TOKEN, SERVICE_TOKEN } from "../../support/service.ts";
import { framed } from "../../support/wire.ts";
import { type Told, type Unary, VERIFY_PATH } from "./unary.ts";

const LIMIT = 64 * 1024;

type Question = MessageInitShape<typeof VerifyApiKeyRequestSchema>;
const message = (question: Question) =>
  Buffer.from(toBinary(VerifyApiKeyRequestSchema, create(VerifyApiKeyRequestSchema, question)));

/** A frame's header that promises as many bytes. */
function header(length: number, flags = 0): Buffer {
  const bytes = Buffer.alloc(5);
  bytes.writeUInt8(flags, 0);
  bytes.writeUInt32BE(length, 1);
  return bytes;
}

/** A field 2047 of that many bytes in all, which no message has. */
function unknownField(length: number): Buffer {
  const content = length - 5;
  const head = [0xfa, 0x7f, 0x80 | (content & 0x7f), 0x80 | ((content >> 7) & 0x7f), content >> 14];
  return Buffer.concat([Buffer.from(head), Buffer.alloc(content)]);
}

const verdict = (name: string): Told => ({ status: 200, grpc: "0", verdict: `VERDICT_${name}` });
const refusal = (code: Code, reason: string): Told => ({ status: 200, grpc: `${code}`, reason });

export const VALID = verdict("VALID");
const MALFORMED = verdict("MALFORMED");
const UNREADABLE = refusal(Code.InvalidArgument, "MESSAGE_UNREADABLE");
const TOO_LARGE = refusal(Code.ResourceExhausted, "MESSAGE_TOO_LARGE");
const INVALID = refusal(Code.InvalidArgument, "FIELD_INVALID");
const TOO_LATE = refusal(Code.DeadlineExceeded, "DEADLINE_EXCEEDED");
const NO_CREDENTIAL = refusal(Code.Unauthenticated, "CREDENTIAL_MISSING");
const BAD_CREDENTIAL = refusal(Code.Unauthenticated, "CREDENTIAL_INVALID");
const wrongType: Told = { status: 415, reason: "MESSAGE_UNREADABLE" };
const wrongVerb: Told = { status: 405, reason: "METHOD_UNKNOWN" };

export interface Keys {
  /** Of the project `demo`. */
  readonly good: string;
  readonly manager: string;
  /** Of which as much can be told as of any. */
  readonly longest: string;
}

export interface Case {
  readonly name: string;
  readonly call: (keys: Keys) => Unary;
  readonly told: Told;
  /** Which door answers it where there is a short path. */
  readonly by: "short" | "general";
}

export const whole = (keys: Keys, question: Question = {}) =>
  framed(message({ key: keys.good, ...question }));
export const usual = (keys: Keys, headers: Unary["headers"] = {}): Unary => ({
  headers,
  body: [whole(keys)],
});
const of = (bytes: Uint8Array): Unary => ({ body: [framed(bytes)] });

const by =
  (door: Case["by"]) =>
  (name: string, told: Told, call: Case["call"]): Case => ({ name, told, call, by: door });
const short = by("short");
const general = by("general");

const BODIES = [
  short("the usual call", VALID, (keys) => usual(keys)),
  short("a body byte by byte", VALID, (keys) => ({ body: [...whole(keys)].map((byte) => Buffer.of(byte)) })),
  short("an empty DATA frame before and behind", VALID, (keys) => ({
    body: [Buffer.alloc(0), whole(keys), Buffer.alloc(0)],
  })),
  general("no body at all", UNREADABLE, () => ({})),
  short("an empty body", UNREADABLE, () => ({ body: [Buffer.alloc(0)] })),
  short("three bytes", UNREADABLE, () => ({ body: [Buffer.alloc(3)] })),
  short("a frame's header alone", UNREADABLE, () => ({ body: [header(9)] })),
  short("less than the header promises", UNREADABLE, (keys) => ({ body: [whole(keys).subarray(0, -1)] })),
  general("more than the header promises", UNREADABLE, (keys) => ({
    body: [whole(keys), Buffer.from([0, 0])],
  })),
  general("two frames in one DATA", UNREADABLE, (keys) => ({
    body: [Buffer.concat([whole(keys), whole(keys)])],
  })),
  general("a second frame in later DATA", UNREADABLE, (keys) => ({ body: [whole(keys), whole(keys)] })),
  general("an empty second frame", UNREADABLE, (keys) => ({ body: [whole(keys), header(0)] })),
  short("a message of no bytes", MALFORMED, () => ({ body: [header(0)] })),
  short("request trailers", VALID, (keys) => ({ ...usual(keys), trailers: { "x-late": "1" } })),
];

const SIZES = [
  short("a message of 64 KiB sharp", VALID, (keys) => {
    const asked = message({ key: keys.good });
    return of(Buffer.concat([asked, unknownField(LIMIT - asked.length)]));
  }),
  general("a message of one byte more", TOO_LARGE, (keys) => {
    const asked = message({ key: keys.good });
    return of(Buffer.concat([asked, unknownField(LIMIT + 1 - asked.length)]));
  }),
  general("a promise of one byte too many", TOO_LARGE, () => ({ body: [header(LIMIT + 1)] })),
  general("a promise of 4 GiB", TOO_LARGE, () => ({ body: [header(0xffffffff)] })),
  short("a key of 60,000 characters", MALFORMED, () => of(message({ key: "k".repeat(60_000) }))),
];

const FLAGS = [
  general("a compressed frame without a compression", UNREADABLE, (keys) => ({
    body: [framed(message({ key: keys.good }), 1)],
  })),
  general("a compressed frame where none is to be", UNREADABLE, (keys) => ({
    headers: { "grpc-encoding": "identity" },
    body: [framed(message({ key: keys.good }), 1)],
  })),
  general("a compressed frame", VALID, (keys) => ({
    headers: { "grpc-encoding": "gzip" },
    body: [framed(gzipSync(message({ key: keys.good })), 1)],
  })),
  general("a compressed frame that is not", UNREADABLE, (keys) => ({
    headers: { "grpc-encoding": "gzip" },
    body: [framed(message({ key: keys.good }), 1)],
  })),
  general("all flags", UNREADABLE, (keys) => ({ body: [framed(message({ key: keys.good }), 0xff)] })),
];

const MESSAGES = [
  short("unknown fields", VALID, (keys) =>
    of(Buffer.concat([unknownField(200), message({ key: keys.good }), unknownField(200)])),
  ),
  short("text that is not UTF-8", UNREADABLE, () => of(Buffer.from([0x0a, 2, 0xc3, 0x28]))),
  short("a lone surrogate in UTF-8's form", UNREADABLE, () => of(Buffer.from([0x0a, 3, 0xed, 0xa0, 0x80]))),
  short("text beyond ASCII", MALFORMED, () => of(message({ key: "Schlüssel 🗝" }))),
  short("bytes that are not Protobuf", UNREADABLE, () => of(Buffer.alloc(100, 0xff))),
  short("a field that is cut off", UNREADABLE, (keys) => of(message({ key: keys.good }).subarray(0, -1))),
  short("a field of another type", UNREADABLE, () => of(Buffer.from([0x08, 1]))),
  short("fields twice, of which the last holds", VALID, (keys) =>
    of(
      Buffer.concat([
        message({ key: "x", environment: 1, projectId: "other" }),
        message({ key: keys.good, environment: 3, projectId: "demo" }),
      ]),
    ),
  ),
  short("more than the key may do", verdict("INSUFFICIENT_PERMISSIONS"), (keys) =>
    of(message({ key: keys.manager, required: [{ resource: Resource.CALLS, level: PermissionLevel.READ }] })),
  ),
  short("64 required permissions", VALID, (keys) =>
    of(
      message({
        key: keys.good,
        required: Array(64).fill({ resource: Resource.CALLS, level: PermissionLevel.READ }),
      }),
    ),
  ),
  short(
    "the longest answer there is, to a client that takes gzip",
    verdict("INSUFFICIENT_PERMISSIONS"),
    (keys) => ({
      headers: { "grpc-accept-encoding": "gzip" },
      body: [
        whole(keys, {
          key: keys.longest,
          required: Array(64).fill({ resource: Resource.CALLS, level: PermissionLevel.WRITE }),
        }),
      ],
    }),
  ),
  short("65 required permissions", INVALID, (keys) =>
    of(
      message({
        key: keys.good,
        required: Array(65).fill({ resource: Resource.CALLS, level: PermissionLevel.READ }),
      }),
    ),
  ),
  short("an empty permission", INVALID, () => of(Buffer.from([0x12, 0]))),
  short("a resource that does not exist", INVALID, () => of(Buffer.from([0x12, 4, 0x08, 20, 0x10, 2]))),
  short("a level that is no access", INVALID, () => of(Buffer.from([0x12, 4, 0x08, 1, 0x10, 1]))),
  short("an environment that does not exist", INVALID, () => of(Buffer.from([0x18, 4]))),
  short("a negative environment", INVALID, () =>
    of(Buffer.from([0x18, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1])),
  ),
  short("a project that cannot be", INVALID, () => of(message({ projectId: "a/b" }))),
];

const DEADLINES = [
  ...["", "1", "S", "1s", "-1S", "1.5S", "123456789S", "1S, 1S"].map((text) =>
    general(`grpc-timeout '${text}'`, UNREADABLE, (keys) => usual(keys, { "grpc-timeout": text })),
  ),
  ...["99999999H", "600H", "60S"].map((text) =>
    short(`grpc-timeout ${text}`, VALID, (keys) => usual(keys, { "grpc-timeout": text })),
  ),
  ...["0n", "0H"].map((text) =>
    short(`grpc-timeout ${text}`, TOO_LATE, (keys) => usual(keys, { "grpc-timeout": text })),
  ),
  short("a deadline that has passed, and a bad field", TOO_LATE, () => ({
    headers: { "grpc-timeout": "0n" },
    body: [framed(message({ projectId: "a/b" }))],
  })),
  short("a deadline that has passed, and no message", TOO_LATE, () => ({
    headers: { "grpc-timeout": "0n" },
    body: [Buffer.alloc(3)],
  })),
  ...["30m", "400m"].map((text) =>
    general(`half a body, and ${text}`, TOO_LATE, (keys) => ({
      headers: { "grpc-timeout": text },
      body: [whole(keys).subarray(0, 20)],
      isOpen: true,
    })),
  ),
  general("headers alone, and 30m", TOO_LATE, () => ({ headers: { "grpc-timeout": "30m" }, isOpen: true })),
];

const HEADERS = [
  short("application/grpc+proto", VALID, (keys) => usual(keys, { "content-type": "application/grpc+proto" })),
  general("a content type in capitals", VALID, (keys) =>
    usual(keys, { "content-type": "Application/GRPC+Proto" }),
  ),
  general("JSON", VALID, ({ good }) => ({
    headers: { "content-type": "application/grpc+json" },
    body: [framed(Buffer.from(JSON.stringify({ key: good })))],
  })),
  ...["application/grpc; charset=utf-8", "application/grpc+other", "application/grpcs", "text/plain", ""].map(
    (type) => general(`content type '${type}'`, wrongType, (keys) => usual(keys, { "content-type": type })),
  ),
  general("no content type", wrongType, (keys) => usual(keys, { "content-type": undefined })),
  short("no te", VALID, (keys) => usual(keys, { te: undefined })),
  short("identity", VALID, (keys) => usual(keys, { "grpc-encoding": "identity" })),
  short("a client that takes gzip", VALID, (keys) => usual(keys, { "grpc-accept-encoding": "gzip" })),
  general("gzip announced, and not used", VALID, (keys) => usual(keys, { "grpc-encoding": "gzip" })),
  general("an unknown encoding", refusal(Code.Unimplemented, "ENCODING_NOT_SUPPORTED"), (keys) =>
    usual(keys, { "grpc-encoding": "rot13" }),
  ),
  ...["PUT", "OPTIONS", "DELETE"].map((method) =>
    general(method, wrongVerb, (keys) => usual(keys, { ":method": method })),
  ),
  general("GET", wrongVerb, () => ({ headers: { ":method": "GET" } })),
  general("a query", VALID, (keys) => usual(keys, { ":path": `${VERIFY_PATH}?a=b` })),
  general("a slash too many", refusal(Code.Unimplemented, "METHOD_UNKNOWN"), (keys) =>
    usual(keys, { ":path": `${VERIFY_PATH}/` }),
  ),
  short("100 headers of 24 KiB", VALID, (keys) =>
    usual(keys, Object.fromEntries(Array.from({ length: 100 }, (_, i) => [`x-${i}`, "v".repeat(200)]))),
  ),
  short("headers of gRPC's own that nobody asked for", VALID, (keys) =>
    usual(keys, { "grpc-status": "7", "grpc-message": "no", "user-agent": "x".repeat(9_000) }),
  ),
];

const CREDENTIALS = [
  general("no credential", NO_CREDENTIAL, (keys) => usual(keys, { authorization: undefined })),
  general("another scheme", NO_CREDENTIAL, (keys) =>
    usual(keys, { authorization: "Basic b3BlbiBzZXNhbWU=" }),
  ),
  general("an empty bearer", NO_CREDENTIAL, (keys) => usual(keys, { authorization: "Bearer " })),
  general("an unknown token", BAD_CREDENTIAL, (keys) => usual(keys, { authorization: "Bearer nobody" })),
  general("a token that is too long", BAD_CREDENTIAL, (keys) =>
    usual(keys, { authorization: `Bearer ${"x".repeat(17_000)}` }),
  ),
  general("a token with its last character off", BAD_CREDENTIAL, (keys) =>
    usual(keys, { authorization: `Bearer ${SERVICE_TOKEN.slice(0, -1)}` }),
  ),
  general("two tokens in one", NO_CREDENTIAL, (keys) =>
    usual(keys, { authorization: `Bearer ${SERVICE_TOKEN}, Bearer nobody` }),
  ),
  short("a scheme in capitals", VALID, (keys) => usual(keys, { authorization: `BEARER  ${SERVICE_TOKEN}` })),
  short("the operator's token", VALID, (keys) => usual(keys, { authorization: `Bearer ${OPERATOR_TOKEN}` })),
  short("a pinned service, of another's key", verdict("WRONG_PROJECT"), (keys) =>
    usual(keys, { authorization: `Bearer ${PINNED_TOKEN}` }),
  ),
  short(
    "a pinned service, in another project",
    refusal(Code.PermissionDenied, "PROJECT_NOT_ALLOWED"),
    (keys) => ({
      headers: { authorization: `Bearer ${PINNED_TOKEN}` },
      body: [whole(keys, { projectId: "demo" })],
    }),
  ),
  short("a pinned service, in its own", verdict("WRONG_PROJECT"), (keys) => ({
    headers: { authorization: `Bearer ${PINNED_TOKEN}` },
    body: [whole(keys, { projectId: PINNED_PROJECT })],
  })),
  short(
    "a pinned service, in another project that cannot be",
    refusal(Code.PermissionDenied, "PROJECT_NOT_ALLOWED"),
    (keys) => ({
      headers: { authorization: `Bearer ${PINNED_TOKEN}` },
      body: [whole(keys, { projectId: "a/b" })],
    }),
  ),
  general("a key as the credential", refusal(Code.PermissionDenied, "METHOD_NOT_ALLOWED"), (keys) =>
    usual(keys, { authorization: `Bearer ${keys.manager}` }),
  ),
];

export const CASES: readonly Case[] = [
  ...BODIES,
  ...SIZES,
  ...FLAGS,
  ...MESSAGES,
  ...DEADLINES,
  ...HEADERS,
  ...CREDENTIALS,
];
