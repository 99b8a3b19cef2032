/** Many different Verify calls, each with the one right answer, which follows from how the question was made. */
import { create, toBinary } from "@bufbuild/protobuf";
import {
  type Environment,
  type PermissionLevel,
  PermissionSchema,
  type Verdict,
} from "../../gen/keyfast/v1/api_key_pb.ts";
import {
  VerifyApiKeyRequestSchema,
  VerifyApiKeyResponseSchema,
} from "../../gen/keyfast/v1/api_key_service_pb.ts";
import type { Resource } from "../../gen/keyfast/v1/resource_pb.ts";
import { type Permission, READ, WRITE } from "../../src/domain/access.ts";
import type { NewKey } from "../../src/domain/new-key.ts";
import {
  INSUFFICIENT_PERMISSIONS,
  MALFORMED,
  NOT_FOUND,
  VALID,
  WRONG_ENVIRONMENT,
  WRONG_PROJECT,
} from "../../src/domain/verdict.ts";
import { toIdentity } from "../../src/rpc/convert.ts";
import { type Call, grpcFrame } from "../harness/calls-file.ts";
import { pick, type Random, seededRandom } from "./random.ts";

interface Request {
  readonly key: string;
  readonly required?: readonly Permission[];
  readonly environment?: number;
  readonly projectId?: string;
}

interface Response {
  readonly verdict: number;
  readonly key?: NewKey;
  readonly missing?: readonly Permission[];
}

type Question = readonly [Request, Response];

const RESOURCES = Array.from({ length: 19 }, (_, index) => index + 1);

/** Something that the key may do. */
function allowed(random: Random, { record }: NewKey): Permission {
  if (record.access.kind === "unrestricted") {
    return { resource: pick(random, RESOURCES), level: pick(random, [READ, WRITE]) };
  }
  const granted = pick(random, record.access.permissions);
  return { resource: granted.resource, level: granted.level === WRITE ? pick(random, [READ, WRITE]) : READ };
}

/** Something that it may not do; undefined where there is nothing. */
function refused(random: Random, { record }: NewKey): Permission | undefined {
  if (record.access.kind === "unrestricted") return undefined;
  const granted = new Set(record.access.permissions.map(({ resource }) => resource));
  return {
    resource: pick(
      random,
      RESOURCES.filter((resource) => !granted.has(resource)),
    ),
    level: READ,
  };
}

function goodQuestion(random: Random, key: NewKey): Question {
  const { environment, projectId } = key.record;
  const request = {
    key: key.text,
    required: [allowed(random, key)],
    ...(random(2) === 0 && { environment }),
    ...(random(2) === 0 && { projectId }),
  };
  return [request, { verdict: VALID, key }];
}

function tooMuch(random: Random, key: NewKey): Question {
  const missing = refused(random, key);
  if (!missing) return goodQuestion(random, key);
  const request = { key: key.text, required: [allowed(random, key), missing] };
  return [request, { verdict: INSUFFICIENT_PERMISSIONS, key, missing: [missing] }];
}

/** The same key with another last character: its checksum cannot be right. */
function misspelt(key: NewKey): Question {
  const last = key.text.endsWith("0") ? "1" : "0";
  return [{ key: key.text.slice(0, -1) + last }, { verdict: MALFORMED }];
}

/** Of a hundred questions one each is about a misspelt key, another environment and another project, five ask for too much. */
function question(random: Random, key: NewKey): Question {
  const kind = random(100);
  const { environment } = key.record;
  if (kind === 0) return misspelt(key);
  if (kind === 1)
    return [
      { key: key.text, environment: (environment % 3) + 1 },
      { verdict: WRONG_ENVIRONMENT, key },
    ];
  if (kind === 2)
    return [
      { key: key.text, projectId: "somebody-else" },
      { verdict: WRONG_PROJECT, key },
    ];
  return kind < 8 ? tooMuch(random, key) : goodQuestion(random, key);
}

const toPermission = ({ resource, level }: Permission) =>
  create(PermissionSchema, { resource: resource as Resource, level: level as PermissionLevel });

function requestBody({ key, required = [], environment = 0, projectId = "" }: Request): Uint8Array {
  const message = create(VerifyApiKeyRequestSchema, {
    key,
    required: required.map(toPermission),
    environment: environment as Environment,
    projectId,
  });
  return grpcFrame(toBinary(VerifyApiKeyRequestSchema, message));
}

function responseMessage({ verdict, key, missing = [] }: Response): Uint8Array {
  const message = create(VerifyApiKeyResponseSchema, {
    verdict: verdict as Verdict,
    missing: missing.map(toPermission),
    ...(key && { identity: toIdentity(key.record) }),
  });
  return toBinary(VerifyApiKeyResponseSchema, message);
}

const toCall = ([request, response]: Question): Call => ({
  body: requestBody(request),
  answer: { exactly: grpcFrame(responseMessage(response)) },
});

/** One call about each key. */
export function* verifyCalls(keys: readonly NewKey[]): Generator<Call> {
  const random = seededRandom(1);
  for (const key of keys) yield toCall(question(random, key));
}

/** One call about each key that brings it into memory: every key is good. */
export function* plainCalls(keys: readonly NewKey[]): Generator<Call> {
  for (const key of keys) yield toCall([{ key: key.text }, { verdict: VALID, key }]);
}

/** One call for each key about a text that is not quite the key's. */
export function* malformedCalls(keys: readonly NewKey[]): Generator<Call> {
  for (const key of keys) yield toCall(misspelt(key));
}

/** One call about each key after it was deleted. */
export function* deletedCalls(keys: readonly NewKey[]): Generator<Call> {
  for (const key of keys) yield toCall([{ key: key.text }, { verdict: NOT_FOUND }]);
}

/** What the servers answer that always give the same: the answer of middle size about a good key. */
export function constantAnswer(keys: readonly NewKey[]): Uint8Array {
  const messages = keys.slice(0, 1_000).map((key) => responseMessage({ verdict: VALID, key }));
  const sorted = messages.toSorted((a, b) => a.length - b.length);
  return sorted[Math.floor(sorted.length / 2)] ?? new Uint8Array();
}

/** The same requests, to be answered with `message` each. */
export function* constantCalls(calls: Iterable<Call>, message: Uint8Array): Generator<Call> {
  const exactly = grpcFrame(message);
  for (const { body } of calls) yield { body, answer: { exactly } };
}
