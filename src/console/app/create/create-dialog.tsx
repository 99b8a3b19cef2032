/** Creating a key: the form, then the key, shown this once. */
import { useEffect, useRef, useState } from "preact/hooks";
import type { ApiKey } from "../../../../gen/keyfast/v1/api_key_pb.ts";
import { abilityOf, accessFrom } from "../model/access.ts";
import { holdAddress } from "../model/route.ts";
import { Dialog } from "../parts/dialog.tsx";
import { useHold } from "../parts/leaving.ts";
import { Notice } from "../parts/notice.tsx";
import { type Draft, newDraft } from "./draft.ts";
import { KeyFields } from "./key-fields.tsx";
import { LostKeyDialog } from "./lost-key-dialog.tsx";
import { loadRules, type Mistakes } from "./mistakes.ts";
import { PermissionFields } from "./permission-fields.tsx";
import { SecretDialog } from "./secret-dialog.tsx";
import { type Creation, useCreation } from "./use-creation.ts";

interface CreateDialogProps {
  readonly projectId: string;
  /** The key whose settings to start from. */
  readonly source: ApiKey | undefined;
  readonly onCreated: (keyId: string) => void;
  readonly onClose: () => void;
}

export function CreateDialog({ projectId, source, onCreated, onClose }: CreateDialogProps) {
  const creation = useCreation(projectId);
  useEffect(holdAddress, []);
  const { created, isSaving } = creation;
  // Also when it is copied: the clipboard forgets sooner than people think.
  useHold(isSaving || (created !== undefined && created.key !== ""));
  if (!created) {
    return <FormDialog creation={creation} source={source} onClose={onClose} />;
  }
  const finish = () => onCreated(created.apiKey.keyId);
  return created.key === "" ? (
    <LostKeyDialog apiKey={created.apiKey} onClose={finish} />
  ) : (
    <SecretDialog created={created} onClose={finish} />
  );
}

interface FormDialogProps {
  readonly creation: Creation;
  readonly source: ApiKey | undefined;
  readonly onClose: () => void;
}

function FormDialog({ creation, source, onClose }: FormDialogProps) {
  const [first] = useState(() => newDraft(source, Date.now()));
  const [draft, setDraft] = useState(first);
  const [isLeaving, setLeaving] = useState(false);
  const form = useRef<HTMLFormElement>(null);
  useEffect(loadRules, []);
  useEffect(() => {
    const name = form.current?.querySelector<HTMLInputElement>("#key-name");
    name?.focus();
    name?.select();
  }, []);
  const leave = () => {
    if (creation.isSaving) return;
    if (draft === first) onClose();
    else setLeaving(!isLeaving);
  };
  const save = async (event: Event) => {
    event.preventDefault();
    setLeaving(false);
    if (!creation.isSaving) focusFirst(form.current, await creation.save(draft));
  };
  return (
    <Dialog title={source ? "Create a copy" : "Create API Key"} size="large" onEscape={leave}>
      <form ref={form} onSubmit={save} noValidate>
        <div class="dialog-body">
          {source && (
            <p class="muted">
              Starts from the settings of <strong>{source.displayName}</strong>, which keeps working until you
              delete it.
            </p>
          )}
          <KeyFields draft={draft} mistakes={creation.mistakes} onChange={setDraft} />
          <PermissionFields draft={draft} mistakes={creation.mistakes} onChange={setDraft} />
        </div>
        <Foot
          draft={draft}
          creation={creation}
          isLeaving={isLeaving}
          onLeave={leave}
          onDiscard={onClose}
          onStay={() => setLeaving(false)}
        />
      </form>
    </Dialog>
  );
}

/** The controls in their order on the page. */
const CONTROLS = {
  name: "#key-name",
  environment: "[name=environment]",
  expiry: "#key-expiry",
  permissions: "#restrict",
};

function focusFirst(form: HTMLFormElement | null, mistakes: Mistakes): void {
  const [, selector] = Object.entries(CONTROLS).find(([field]) => mistakes[field as keyof Mistakes]) ?? [];
  if (selector) form?.querySelector<HTMLElement>(selector)?.focus();
}

interface FootProps {
  readonly draft: Draft;
  readonly creation: Creation;
  readonly isLeaving: boolean;
  readonly onLeave: () => void;
  readonly onDiscard: () => void;
  readonly onStay: () => void;
}

function Foot({ draft, creation, isLeaving, onLeave, onDiscard, onStay }: FootProps) {
  const { problem, mistakes, isSaving } = creation;
  return (
    <div class="dialog-foot">
      {problem && (
        <Notice tone="danger" title={problem.title}>
          {problem.kind === "signed-out"
            ? "Sign in again in another tab, then save here once more."
            : [mistakes.other, problem.advice].join(" ").trim()}
        </Notice>
      )}
      <p class="summary" role="status">
        <strong>{draft.name.trim() || "This key"}</strong>{" "}
        {abilityOf(accessFrom(draft.isRestricted, draft.levels))}.
      </p>
      <div class="actions end">
        {isLeaving && (
          <p class="leaving" role="alert">
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
