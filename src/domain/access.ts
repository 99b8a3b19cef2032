/** What a key may do: plain values, numbered as in the contract (`Resource`, `PermissionLevel`). */

export const NO_ACCESS = 1;
export const READ = 2;
export const WRITE = 3;

export interface Permission {
  readonly resource: number;
  /** NO_ACCESS, READ or WRITE. Any other number authorises nothing. */
  readonly level: number;
}

export type Access =
  | { readonly kind: "unrestricted" }
  | { readonly kind: "restricted"; readonly permissions: readonly Permission[] };

export const UNRESTRICTED: Access = { kind: "unrestricted" };

/** The resource whose level says what a key may do with other keys (`RESOURCE_API_KEYS`). */
export const API_KEYS_RESOURCE = 18;

const isKnownLevel = (level: number) => level >= NO_ACCESS && level <= WRITE;

/** The same access in its one canonical form: by resource number, "no access" left out. */
export function restrictedTo(permissions: readonly Permission[]): Access {
  const granted = permissions.filter((p) => p.level === READ || p.level === WRITE);
  return { kind: "restricted", permissions: granted.toSorted((a, b) => a.resource - b.resource) };
}

function levelFor(access: Access & { kind: "restricted" }, resource: number): number {
  for (const permission of access.permissions) {
    if (permission.resource === resource)
      return isKnownLevel(permission.level) ? permission.level : NO_ACCESS;
  }
  return NO_ACCESS;
}

/** Whether `access` covers `required`. A required level that is not READ or WRITE is never covered. */
export function allows(access: Access, required: Permission): boolean {
  if (required.level !== READ && required.level !== WRITE) return false;
  if (required.resource === 0) return false;
  return access.kind === "unrestricted" || levelFor(access, required.resource) >= required.level;
}

/** Those of `required` that `access` does not cover, in their own order. */
export function missingPermissions<P extends Permission>(access: Access, required: readonly P[]): P[] {
  return required.filter((permission) => !allows(access, permission));
}

/** Whether somebody with `child` could do nothing that `parent` may not do. */
export function isWithin(child: Access, parent: Access): boolean {
  if (parent.kind === "unrestricted") return true;
  if (child.kind === "unrestricted") return false;
  return child.permissions.every((p) => p.level === NO_ACCESS || allows(parent, p));
}
