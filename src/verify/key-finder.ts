/** Finding the live key that a presented text stands for. */
import type { LiveKey } from "../domain/key.ts";

/** What Verify and the authentication of bearer keys look keys up with. */
export interface KeyFinder {
  /**
   * The key that memory holds under this very text, which is well-formed then: only such texts get there. Undefined
   * where memory cannot tell.
   */
  recall(keyText: string): LiveKey | undefined;
  /**
   * A well-formed key whose secret matches, or undefined. Answers at once where memory can tell; rejects
   * with DATABASE_UNAVAILABLE where nobody can.
   */
  find(keyText: string, keyId: string): LiveKey | undefined | Promise<LiveKey | undefined>;
}
