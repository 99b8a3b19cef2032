import type { DigestedRecord } from "./digest.ts";

/** A key as it is kept. Everything but the name is covered by the digest or made from what is. */
export interface KeyRecord extends DigestedRecord {
  readonly displayName: string;
  readonly obfuscatedKey: string;
  readonly pepperId: string;
  readonly digest: Uint8Array;
}

export const isExpired = (record: { readonly expireTime: Date | undefined }, now: number) =>
  record.expireTime !== undefined && record.expireTime.getTime() <= now;
