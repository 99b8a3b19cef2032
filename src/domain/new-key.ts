/** Making a key, and whether its creator may. */
import { type Access, isWithin } from "./access.ts";
import { keyDigest, type Pepper } from "./digest.ts";
import { environmentTag } from "./environment.ts";
import { KeyfastError } from "./errors.ts";
import type { KeyRecord, LiveKey } from "./key.ts";
import { newKeyId, newKeyText, obfuscate } from "./key-text.ts";

/** What a key is asked to be. */
export interface KeyWish {
  readonly projectId: string;
  readonly displayName: string;
  readonly access: Access;
  readonly environment: number;
  readonly expireTime: Date | undefined;
}

export interface NewKey {
  readonly record: KeyRecord;
  /** The complete key: shown once, kept nowhere. */
  readonly text: string;
}

export function makeKey(wish: KeyWish, creator: string, prefix: string, pepper: Pepper): NewKey {
  const keyId = newKeyId();
  const text = newKeyText(prefix, wish.environment, keyId);
  const environment = environmentTag(wish.environment);
  const covered = { ...wish, keyId, creator, createTime: new Date() };
  const record = {
    ...covered,
    obfuscatedKey: obfuscate({ prefix, environment, lastFour: text.slice(-4) }),
    pepperId: pepper.id,
    digest: keyDigest(pepper, text, covered),
  };
  return { record, text };
}

/** KEY_EXCEEDS_CALLER where the wished key could do more than `parent`, outlives it, or lives elsewhere. */
export function requireWithin(wish: KeyWish, parent: LiveKey): void {
  const exceeded: string[] = [];
  if (wish.environment !== parent.environment) exceeded.push("environment");
  if (!isWithin(wish.access, parent.access)) exceeded.push("access");
  if (outlives(wish.expireTime, parent.expireTime)) exceeded.push("expire_time");
  if (exceeded.length > 0) {
    throw new KeyfastError("KEY_EXCEEDS_CALLER", "the new key would exceed the key that creates it", {
      metadata: { exceeded: exceeded.join(",") },
    });
  }
}

function outlives(child: Date | undefined, parent: Date | undefined): boolean {
  if (parent === undefined) return false;
  return child === undefined || child.getTime() > parent.getTime();
}
