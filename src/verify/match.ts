/** Whether a stored record is the one that a presented key stands for. */
import { digestsMatch, keyDigest, type Pepper } from "../domain/digest.ts";
import type { KeyRecord } from "../domain/key.ts";

export type Peppers = ReadonlyMap<string, Pepper>;

export const pepperMap = (peppers: readonly Pepper[]): Peppers => new Map(peppers.map((p) => [p.id, p]));

/** True only where secret, record and pepper agree: a changed record or an unknown pepper is no match. */
export function matchesKey(peppers: Peppers, record: KeyRecord, keyText: string): boolean {
  const pepper = peppers.get(record.pepperId);
  return pepper !== undefined && digestsMatch(record.digest, keyDigest(pepper, keyText, record));
}
