/**
 * Reads a VerifyApiKeyRequest in the form that nearly all have: known fields, ASCII text, values that keep every rule of
 * the contract. A generic decoder and an interpreter of rules cost several times what the call itself does, so they get
 * only what is left. A test holds this against both.
 */
import { EnvironmentSchema } from "../../gen/keyfast/v1/api_key_pb.ts";
import { ResourceSchema } from "../../gen/keyfast/v1/resource_pb.ts";
import { type Permission, READ, WRITE } from "../domain/access.ts";
import { PROJECT_ID as PROJECT_ID_PATTERN } from "../domain/project-id.ts";
import type { Question } from "../verify/verifier.ts";

/** Tags on the wire: a field's number and its kind. */
const KEY = 0x0a;
const REQUIRED = 0x12;
const ENVIRONMENT = 0x18;
const PROJECT_ID = 0x22;
/** A Permission with both of its fields, each in one byte. */
const RESOURCE = 0x08;
const LEVEL = 0x10;
const PERMISSION_BYTES = 4;

const MAX_REQUIRED = 64;
const isEnvironment = numbersOf(EnvironmentSchema.values);
const isResource = numbersOf(ResourceSchema.values.filter(({ number }) => number !== 0));

function numbersOf(values: readonly { readonly number: number }[]): Uint8Array {
  const known = new Uint8Array(256);
  for (const { number } of values) known[number] = 1;
  return known;
}

const permissions = new Map<number, Permission>();

/** The one object for this permission, or undefined where it may not be required. */
function permissionOf(resource: number, level: number): Permission | undefined {
  if (isResource[resource] !== 1 || (level !== READ && level !== WRITE)) return undefined;
  const code = resource * 4 + level;
  const known = permissions.get(code) ?? Object.freeze({ resource, level });
  permissions.set(code, known);
  return known;
}

/** The question whose message begins at `from`, or undefined where it is not plain: it may be as good all the same. */
export function readPlainQuestion(bytes: Buffer, from = 0): Question | undefined {
  let key = "";
  let projectId = "";
  let environment = 0;
  const required: Permission[] = [];
  for (let at = from; at < bytes.length; ) {
    const tag = bytes[at];
    // A length, or a value: of one byte, or not plain.
    const value = bytes[at + 1] ?? 0xff;
    if (value > 0x7f) return undefined;
    const start = at + 2;
    at = tag === ENVIRONMENT ? start : start + value;
    if (at > bytes.length) return undefined;
    switch (tag) {
      case KEY: {
        if (!isAscii(bytes, start, at)) return undefined;
        key = bytes.toString("latin1", start, at);
        break;
      }
      case REQUIRED: {
        const permission = readPermission(bytes, start, value);
        if (!permission || required.length === MAX_REQUIRED) return undefined;
        required.push(permission);
        break;
      }
      case ENVIRONMENT:
        if (isEnvironment[value] !== 1) return undefined;
        environment = value;
        break;
      case PROJECT_ID:
        if (!isAscii(bytes, start, at)) return undefined;
        projectId = bytes.toString("latin1", start, at);
        break;
      default:
        return undefined;
    }
  }
  if (projectId !== "" && !PROJECT_ID_PATTERN.test(projectId)) return undefined;
  return { key, required, environment, projectId };
}

function readPermission(bytes: Buffer, start: number, length: number): Permission | undefined {
  if (length !== PERMISSION_BYTES || bytes[start] !== RESOURCE || bytes[start + 2] !== LEVEL)
    return undefined;
  return permissionOf(bytes[start + 1] as number, bytes[start + 3] as number);
}

function isAscii(bytes: Buffer, start: number, end: number): boolean {
  let all = 0;
  for (let at = start; at < end; at++) all |= bytes[at] as number;
  return all < 0x80;
}
