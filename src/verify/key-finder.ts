/** Finding the live key that a presented text stands for. */
import type { LiveKey } from "../domain/key.ts";

/** What Verify and the authentication of bearer keys look keys up with. */
export interface KeyFinder {
  /**
   * A well-formed key whose secret matches, or undefined. Answers at once where memory can tell; rejects
   * with DATABASE_UNAVAILABLE where nobody can.
   */
  find(keyText: string, keyId: string): LiveKey | undefined | Promise<LiveKey | undefined>;
}
