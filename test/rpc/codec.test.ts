/** The short path's own reading and writing, held against the generic decoder, rules and encoder. */
import { create, fromBinary, type MessageInitShape, type MessageShape, toBinary } from "@bufbuild/protobuf";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { EnvironmentSchema, PermissionLevel, VerdictSchema } from "../../gen/keyfast/v1/api_key_pb.ts";
import {
  VerifyApiKeyRequestSchema,
  VerifyApiKeyResponseSchema,
} from "../../gen/keyfast/v1/api_key_service_pb.ts";
import { ResourceSchema } from "../../gen/keyfast/v1/resource_pb.ts";
import { type Access, UNRESTRICTED } from "../../src/domain/access.ts";
import { newKeyId, newKeyText } from "../../src/domain/key-text.ts";
import { readPlainQuestion } from "../../src/rpc/plain-question.ts";
import { RequestValidator } from "../../src/rpc/validate.ts";
import { toVerificationFrame } from "../../src/rpc/verification-frame.ts";
import { toVerifyResponse } from "../../src/rpc/verify-api-key.ts";
import type { Verification } from "../../src/verify/verifier.ts";
import { seedOf } from "../support/random.ts";
import { framed } from "../support/wire.ts";

seedOf("codec");

const RUNS = { numRuns: 2_000 };
const validator = new RequestValidator();
const numbers = (values: readonly { readonly number: number }[]) => values.map(({ number }) => number);
const RESOURCES = numbers(ResourceSchema.values).filter((number) => number !== 0);
const LEVELS = [PermissionLevel.READ, PermissionLevel.WRITE];
const ENVIRONMENTS = numbers(EnvironmentSchema.values);

const encode = (question: MessageInitShape<typeof VerifyApiKeyRequestSchema>) =>
  Buffer.from(toBinary(VerifyApiKeyRequestSchema, create(VerifyApiKeyRequestSchema, question)));

const values = ({
  key,
  required,
  environment,
  projectId,
}: MessageShape<typeof VerifyApiKeyRequestSchema>) => ({
  key,
  environment,
  projectId,
  required: required.map(({ resource, level }) => ({ resource, level })),
});

/** Where the plain reading gives a question, the generic one accepts it and gives the same. True where it did. */
function readsAlike(bytes: Buffer): boolean {
  const plain = readPlainQuestion(bytes);
  if (!plain) return false;
  const generic = fromBinary(VerifyApiKeyRequestSchema, bytes);
  validator.check(VerifyApiKeyRequestSchema, generic);
  expect({ ...plain, required: plain.required.map((permission) => ({ ...permission })) }).toEqual(
    values(generic),
  );
  return true;
}

const projectId = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/);
const ascii = fc.string({ unit: "binary-ascii", maxLength: 127 });
/** As most are, and with everything that may be in one of them. */
const usual = fc.record({
  key: ascii,
  required: fc.array(
    fc.record({ resource: fc.constantFrom(...RESOURCES), level: fc.constantFrom(...LEVELS) }),
    { maxLength: 64 },
  ),
  environment: fc.constantFrom(...ENVIRONMENTS),
  projectId: fc.option(projectId, { nil: "" }),
});
const int32 = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 });
const number = fc.oneof(fc.integer({ min: 0, max: 30 }), int32);
const text = fc.string({ unit: "binary", maxLength: 200 });
const strange = fc.record({
  key: text,
  required: fc.array(fc.record({ resource: number, level: number }), { maxLength: 70 }),
  environment: number,
  projectId: fc.oneof(projectId, text),
});

/** Valid messages, one behind the other, with a few bytes changed, put in, or taken out. */
const mutated = fc
  .tuple(
    fc.array(fc.oneof(usual, strange), { minLength: 1, maxLength: 3 }),
    fc.array(fc.tuple(fc.nat(), fc.nat({ max: 2 }), fc.nat({ max: 255 })), { maxLength: 4 }),
  )
  .map(([questions, changes]) => {
    const bytes = [...Buffer.concat(questions.map((question) => encode(question as never)))];
    for (const [at, removed, byte] of changes) bytes.splice(at % (bytes.length + 1), removed, byte);
    return Buffer.from(bytes);
  });

/** Fields as the plain reading knows them, whose lengths and values may be anything. */
const fields = fc
  .array(
    fc.tuple(
      fc.constantFrom(0x0a, 0x12, 0x18, 0x22, 0x10, 0x08),
      fc.uint8Array({ maxLength: 6 }),
      fc.boolean(),
    ),
    { maxLength: 8 },
  )
  .map((all) =>
    Buffer.concat(
      all.map(([tag, bytes, isTrue]) =>
        Buffer.from([
          tag,
          isTrue && tag !== 0x18 ? bytes.length : (bytes[0] ?? 0),
          ...(tag === 0x18 ? [] : bytes),
        ]),
      ),
    ),
  );
const permissions = fc
  .array(fc.tuple(fc.nat({ max: 140 }), fc.nat({ max: 5 })), { maxLength: 66 })
  .map((all) => Buffer.from(all.flatMap(([resource, level]) => [0x12, 4, 0x08, resource, 0x10, level])));

describe("a question that is read plainly", () => {
  it("is accepted by the generic decoder and every rule, with the same values", () => {
    let plain = 0;
    const check = (bytes: Buffer) => {
      if (readsAlike(bytes)) plain += 1;
    };
    fc.assert(fc.property(mutated, check), RUNS);
    fc.assert(fc.property(fields, check), RUNS);
    fc.assert(fc.property(permissions, check), RUNS);
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => check(Buffer.from(bytes))),
      RUNS,
    );
    // Or nothing of this would have shown anything.
    expect(plain).toBeGreaterThan(100);
  });

  it("is what a usual one is: any resource, level, environment and project, up to 64 permissions", () => {
    fc.assert(
      fc.property(usual, (question) => {
        expect(readsAlike(encode(question as never))).toBe(true);
      }),
      { numRuns: 500 },
    );
    for (const resource of RESOURCES) {
      for (const level of LEVELS) {
        for (const environment of ENVIRONMENTS) {
          const question = {
            key: newKeyText("kf", 3, newKeyId()),
            required: [{ resource, level }],
            environment,
          };
          expect(readsAlike(encode({ ...question, projectId: "demo" } as never))).toBe(true);
        }
      }
    }
  });

  it("takes no length of two bytes for one, though what follows would fit", () => {
    const bytes = encode({ key: `${"a".repeat(129)}\n`, projectId: "p".repeat(33) });
    expect(readPlainQuestion(bytes)).toBeUndefined();
  });

  it("reads nothing behind its end", () => {
    const whole = Buffer.concat([encode({ key: "a key", projectId: "demo" }), Buffer.from("more")]);
    for (let end = 0; end <= whole.length; end++) readsAlike(whole.subarray(0, end));
    expect(readPlainQuestion(whole.subarray(0, whole.length - 4))).toMatchObject({ projectId: "demo" });
    expect(readPlainQuestion(whole.subarray(0, whole.length - 5))).toBeUndefined();
  });
});

const permission = fc.record({
  resource: fc.constantFrom(...RESOURCES),
  level: fc.integer({ min: 1, max: 3 }),
});
const access: fc.Arbitrary<Access> = fc.oneof(
  fc.constant(UNRESTRICTED),
  fc.uniqueArray(permission, { selector: ({ resource }) => resource }).map((all) => ({
    kind: "restricted" as const,
    permissions: all,
  })),
);
const LAST_MS = Date.parse("9999-12-31T23:59:59.999Z");
const time = fc.oneof(
  fc.constantFrom(0, 1, 999, 1_000, LAST_MS, 2 ** 31 * 1_000, 2 ** 32 * 1_000 - 1),
  fc.integer({ min: 0, max: LAST_MS }),
);
/** Code points of one to four bytes; halves of surrogate pairs too, which no encoding has. */
const name = fc.oneof(
  fc.string({ unit: "binary", maxLength: 100 }),
  fc
    .array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 100 })
    .map((units) => String.fromCharCode(...units)),
  fc.constant("🗝".repeat(100)),
  fc.constant("\ud800"),
);
const verification: fc.Arbitrary<Verification> = fc.record({
  verdict: fc.constantFrom(...numbers(VerdictSchema.values)),
  key: fc.option(
    fc.record({
      keyId: fc.stringMatching(/^[0-9A-Za-z]{16}$/),
      projectId,
      displayName: name,
      access,
      environment: fc.constantFrom(...ENVIRONMENTS),
      expireTime: fc.option(
        time.map((ms) => new Date(ms)),
        { nil: undefined },
      ),
    }),
    { nil: undefined },
  ),
  missing: fc.array(permission, { maxLength: 64 }),
});

const generic = (answer: Verification) =>
  framed(toBinary(VerifyApiKeyResponseSchema, create(VerifyApiKeyResponseSchema, toVerifyResponse(answer))));

const named = (displayName: string, missing: Verification["missing"] = []): Verification => ({
  verdict: 6,
  key: {
    keyId: newKeyId(),
    projectId: "p".repeat(64),
    displayName,
    access: UNRESTRICTED,
    environment: 3,
    expireTime: new Date(LAST_MS),
  },
  missing,
});

describe("the frame of an answer", () => {
  it("is byte for byte what the generic encoder gives", () => {
    fc.assert(
      fc.property(verification, (answer) => {
        expect(toVerificationFrame(answer).equals(generic(answer))).toBe(true);
      }),
      RUNS,
    );
  });

  it("has room for the longest name together with all that may be missing", () => {
    const missing = Array.from({ length: 64 }, () => ({ resource: 19, level: 3 }));
    const answer = named("🗝".repeat(100), missing);
    expect(toVerificationFrame(answer).equals(generic(answer))).toBe(true);
  });

  it("is right too where somebody made the key larger than the contract allows, and so is the next", () => {
    const permissions = Array.from({ length: 1_000 }, (_, i) => ({ resource: (i % 19) + 1, level: 2 }));
    const { key } = named("wide");
    const large = [
      ...Array.from({ length: 4_200 }, (_, length) => named("n".repeat(length), [{ resource: 1, level: 2 }])),
      named("wide", permissions),
      {
        verdict: 1,
        key: key && { ...key, access: { kind: "restricted", permissions } as const },
        missing: [],
      },
      { verdict: 4, key: key && { ...key, expireTime: new Date(-1_500) }, missing: [] },
    ];
    for (const answer of large) expect(toVerificationFrame(answer).equals(generic(answer))).toBe(true);
    const next = named("next");
    expect(toVerificationFrame(next).equals(generic(next))).toBe(true);
  });
});
