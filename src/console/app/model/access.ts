/** What a key may do: as the form holds it, as the contract carries it, and in words. */
import { create } from "@bufbuild/protobuf";
import {
  type ApiKey,
  PermissionLevel,
  PermissionSchema,
  RestrictedSchema,
  UnrestrictedSchema,
} from "../../../../gen/keyfast/v1/api_key_pb.ts";
import type { Resource } from "../../../../gen/keyfast/v1/resource_pb.ts";
import { RESOURCE_GROUPS, RESOURCES } from "./resources.ts";

export type Level =
  | typeof PermissionLevel.NO_ACCESS
  | typeof PermissionLevel.READ
  | typeof PermissionLevel.WRITE;

interface LevelEntry {
  readonly level: Level;
  readonly title: string;
  /** A word for style sheets. */
  readonly tone: string;
}

export const LEVELS: readonly LevelEntry[] = [
  { level: PermissionLevel.NO_ACCESS, title: "No access", tone: "none" },
  { level: PermissionLevel.READ, title: "Read", tone: "read" },
  { level: PermissionLevel.WRITE, title: "Write", tone: "write" },
];

/** Resources that are not in it have no access. */
export type Levels = ReadonlyMap<Resource, Level>;

export type KeyAccess = ApiKey["access"];

export const levelOf = (levels: Levels, resource: Resource): Level =>
  levels.get(resource) ?? PermissionLevel.NO_ACCESS;

export function withLevel(levels: Levels, resources: readonly Resource[], level: Level): Levels {
  const changed = new Map(levels);
  for (const resource of resources) changed.set(resource, level);
  return changed;
}

export function levelsOf(access: KeyAccess): Levels {
  if (access.case !== "restricted") return new Map();
  const known = access.value.permissions.filter(
    ({ level }) => level === PermissionLevel.READ || level === PermissionLevel.WRITE,
  );
  return new Map(known.map(({ resource, level }) => [resource, level as Level]));
}

export function accessFrom(isRestricted: boolean, levels: Levels): KeyAccess {
  if (!isRestricted) return { case: "unrestricted", value: create(UnrestrictedSchema) };
  const permissions = RESOURCES.map(({ resource }) => ({ resource, level: levelOf(levels, resource) }))
    .filter(({ level }) => level !== PermissionLevel.NO_ACCESS)
    .map((permission) => create(PermissionSchema, permission));
  return { case: "restricted", value: create(RestrictedSchema, { permissions }) };
}

const list = new Intl.ListFormat("en", { type: "conjunction" });

/** Titles of what has exactly this level; a whole group of several is named as such. */
function namesAt(levels: Levels, wanted: Level): string[] {
  return RESOURCE_GROUPS.flatMap(({ title, resources }) => {
    const there = resources.filter(({ resource }) => levelOf(levels, resource) === wanted);
    return there.length === resources.length && there.length > 1
      ? [`all of ${title}`]
      : there.map((entry) => entry.title);
  });
}

/** What a key can do, as the end of a sentence that starts with the key: `can read Calls, and nothing else`. */
export function abilityOf(access: KeyAccess): string {
  if (access.case === "unrestricted") {
    return "has full access to every resource, also to those added later";
  }
  const levels = levelsOf(access);
  const read = namesAt(levels, PermissionLevel.READ);
  const write = namesAt(levels, PermissionLevel.WRITE);
  if (read.length + write.length === 0) return "has no access to anything";
  const parts = [
    ...(read.length > 0 ? [`read ${list.format(read)}`] : []),
    ...(write.length > 0 ? [`read and change ${list.format(write)}`] : []),
  ];
  return `can ${parts.join("; and ")}, and nothing else`;
}

/** In a few words, for the table. */
export function accessSummary(access: KeyAccess): string {
  if (access.case === "unrestricted") return "Full access";
  const count = levelsOf(access).size;
  if (count === 0) return "No access";
  return count === RESOURCES.length ? "All resources" : `${count} of ${RESOURCES.length} resources`;
}
