import type { Access } from "./access.ts";
import type { DigestedRecord } from "./digest.ts";

/** What is asked of a key whose secret has matched, and all that memory keeps of it. */
export interface LiveKey {
  readonly keyId: string;
  readonly projectId: string;
  readonly displayName: string;
  readonly access: Access;
  readonly environment: number;
  readonly expireTime: Date | undefined;
}

/** A key as it is stored. Everything but the name is covered by the digest or made from what is. */
export interface KeyRecord extends LiveKey, DigestedRecord {
  readonly obfuscatedKey: string;
  readonly pepperId: string;
  readonly digest: Uint8Array;
}

export const isExpired = (record: { readonly expireTime: Date | undefined }, now: number) =>
  record.expireTime !== undefined && record.expireTime.getTime() <= now;
