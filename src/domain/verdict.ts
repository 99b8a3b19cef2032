/** What Verify answers once a key's secret has matched; numbered as in the contract (`Verdict`). */
import { missingPermissions, type Permission } from "./access.ts";
import { isExpired, type LiveKey } from "./key.ts";

export const VALID = 1;
export const MALFORMED = 2;
export const NOT_FOUND = 3;
export const EXPIRED = 4;
export const WRONG_ENVIRONMENT = 5;
export const INSUFFICIENT_PERMISSIONS = 6;
export const WRONG_PROJECT = 7;

/** Projects or environments that something is confined to; undefined means all. */
export interface Scope {
  readonly projects: ReadonlySet<string> | undefined;
  readonly environments: ReadonlySet<number> | undefined;
}

export const EVERYWHERE: Scope = { projects: undefined, environments: undefined };

export interface Question<P extends Permission = Permission> {
  readonly required: readonly P[];
  /** 0: any. */
  readonly environment: number;
  /** Empty: any. */
  readonly projectId: string;
  /** What the asking service is pinned to. */
  readonly pins: Scope;
}

export interface Judgement<P extends Permission = Permission> {
  readonly verdict: number;
  readonly missing: readonly P[];
}

/** The first reason, in the contract's order, why the key may not; VALID where there is none. */
export function judge<P extends Permission>(key: LiveKey, question: Question<P>, now: number): Judgement<P> {
  if (isExpired(key, now)) return { verdict: EXPIRED, missing: [] };
  if (!isIn(question.projectId, question.pins.projects, key.projectId)) {
    return { verdict: WRONG_PROJECT, missing: [] };
  }
  if (!isIn(question.environment, question.pins.environments, key.environment)) {
    return { verdict: WRONG_ENVIRONMENT, missing: [] };
  }
  const missing = missingPermissions(key.access, question.required);
  return { verdict: missing.length > 0 ? INSUFFICIENT_PERMISSIONS : VALID, missing };
}

function isIn<T>(asked: T, pins: ReadonlySet<T> | undefined, own: T): boolean {
  if (asked && asked !== own) return false;
  return pins === undefined || pins.has(own);
}
