/** A key's access as a short text: one character for each permission, where objects would take hundreds of bytes. */
import { type Access, type Permission, UNRESTRICTED } from "../domain/access.ts";

/** No permission's character: levels begin at 1. */
const UNRESTRICTED_TEXT = "\0";
/** Levels are 1 to 3. There is a character up to resource 16,383; up to 31 it takes one byte. */
const LEVELS = 4;

/** One object for each permission that there is, whoever has it. */
const permissions: Permission[] = [];

function permissionOf(code: number): Permission {
  permissions[code] ??= Object.freeze({ resource: Math.floor(code / LEVELS), level: code % LEVELS });
  return permissions[code];
}

export function packAccess(access: Access): string {
  if (access.kind === "unrestricted") return UNRESTRICTED_TEXT;
  return String.fromCharCode(...access.permissions.map((p) => p.resource * LEVELS + p.level));
}

export function unpackAccess(text: string): Access {
  if (text === UNRESTRICTED_TEXT) return UNRESTRICTED;
  const granted = new Array<Permission>(text.length);
  for (let i = 0; i < text.length; i++) granted[i] = permissionOf(text.charCodeAt(i));
  return { kind: "restricted", permissions: granted };
}
