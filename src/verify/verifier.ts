/** Verify itself: a presented text, what it is asked to be good for, and who asks. */
import type { Permission } from "../domain/access.ts";
import type { Caller } from "../domain/caller.ts";
import type { LiveKey } from "../domain/key.ts";
import { parseKeyText } from "../domain/key-text.ts";
import { EVERYWHERE, judge, MALFORMED, NOT_FOUND } from "../domain/verdict.ts";
import type { KeyFinder } from "./key-finder.ts";

export interface Question<P extends Permission = Permission> {
  /** Whatever was presented as a key. A secret. */
  readonly key: string;
  readonly required: readonly P[];
  /** 0: any. */
  readonly environment: number;
  /** Empty: any. */
  readonly projectId: string;
}

export interface Verification {
  readonly verdict: number;
  /** Undefined where nothing may be told of a key. */
  readonly key: LiveKey | undefined;
  /** Those of the required permissions that the key does not have. */
  readonly missing: readonly Permission[];
}

const NONE_MISSING: readonly Permission[] = [];
const ANSWER_MALFORMED: Verification = { verdict: MALFORMED, key: undefined, missing: NONE_MISSING };
const ANSWER_NOT_FOUND: Verification = { verdict: NOT_FOUND, key: undefined, missing: NONE_MISSING };

/** Answers without a promise where memory can tell; rejects with DATABASE_UNAVAILABLE or OVERLOADED where nobody can. */
export type Verify = (question: Question, caller: Caller) => Verification | Promise<Verification>;

export function createVerify(finder: KeyFinder): Verify {
  return (question, caller) => {
    // Ahead of a look at its form, which what memory holds has passed.
    const recalled = finder.recall(question.key);
    if (recalled) return answer(recalled, question, caller);
    const keyId = parseKeyText(question.key);
    if (keyId === undefined) return ANSWER_MALFORMED;
    const found = finder.find(question.key, keyId);
    if (found instanceof Promise) return found.then((key) => answer(key, question, caller));
    return answer(found, question, caller);
  };
}

function answer(key: LiveKey | undefined, question: Question, caller: Caller): Verification {
  if (!key) return ANSWER_NOT_FOUND;
  const { required, environment, projectId } = question;
  const pins = caller.kind === "service" ? caller.pins : EVERYWHERE;
  const { verdict, missing } = judge(key, { required, environment, projectId, pins }, Date.now());
  return { verdict, key, missing };
}
