/** Below the form: what went wrong, what the key would be able to do, and the ways on. */
import type { SignedIn } from "../api/session.ts";
import { abilityOf, accessFrom } from "../model/access.ts";
import { Notice } from "../parts/notice.tsx";
import type { Draft } from "./draft.ts";
import type { Creation } from "./use-creation.ts";

interface FormFootProps {
  readonly draft: Draft;
  readonly creation: Creation;
  /** Somebody else who is signed in by now. */
  readonly otherPerson: SignedIn | undefined;
  readonly isLeaving: boolean;
  readonly onLeave: () => void;
  readonly onDiscard: () => void;
  readonly onStay: () => void;
}

export function FormFoot(props: FormFootProps) {
  const { draft, creation, otherPerson, isLeaving, onLeave, onDiscard, onStay } = props;
  const { problem, isSaving } = creation;
  return (
    <div class="dialog-foot">
      {problem && (
        <Notice tone="danger" title={problem.title}>
          {adviceOf(creation, otherPerson === undefined)}
        </Notice>
      )}
      {otherPerson && (
        <Notice tone="danger" title="Somebody else has signed in">
          {otherPerson.label} has, in another tab of this browser. What you save here is saved by them.
        </Notice>
      )}
      <section
        class="summary"
        aria-label="Summary"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: the keyboard must reach what scrolls.
        tabIndex={0}
      >
        <strong>{draft.name.trim() || "This key"}</strong>{" "}
        {/* Without the name, which would be read out with each of its letters. */}
        <span role="status">{abilityOf(accessFrom(draft.isRestricted, draft.levels))}.</span>
      </section>
      <div class="actions end">
        {isLeaving && (
          <p class="leaving" role="alert">
            {creation.leftover === "perhaps a key" && "The key may have been created. "}
            Discard what you entered?
          </p>
        )}
        {isLeaving ? (
          <>
            <button type="button" onClick={onStay}>
              Keep editing
            </button>
            <button type="button" class="danger" onClick={onDiscard}>
              Discard
            </button>
          </>
        ) : (
          <>
            <button type="button" aria-disabled={isSaving} onClick={onLeave}>
              Cancel
            </button>
            <button type="submit" class="primary" aria-disabled={isSaving}>
              {isSaving ? "Saving…" : problem?.kind === "uncertain" ? "Try again" : "Save"}
            </button>
          </>
        )}
      </div>
    </div>
  );
}

const UNKNOWN = "It is not known whether the key was created.";
/** True for one person: each attempt of the form has the same request id until one is known to have been used. */
const SAFE = "Saving again is safe: it never makes a second key.";

function adviceOf({ problem, mistakes, leftover }: Creation, isSamePerson: boolean): string {
  const advice =
    problem?.kind === "signed-out"
      ? "Sign in again in another tab, then save here once more."
      : problem?.advice;
  const isUnknown = leftover === "perhaps a key";
  const parts = [mistakes.other, advice, isUnknown && UNKNOWN, isUnknown && isSamePerson && SAFE];
  return parts.filter(Boolean).join(" ");
}
