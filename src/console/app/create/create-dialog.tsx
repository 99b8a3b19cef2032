/** Creating a key: the form, then the key, shown this once. */
import { useEffect, useRef, useState } from "preact/hooks";
import type { ApiKey } from "../../../../gen/keyfast/v1/api_key_pb.ts";
import { useOtherPerson } from "../api/other-person.ts";
import type { SignedIn } from "../api/session.ts";
import { holdAddress } from "../model/route.ts";
import { dateOf, isPast } from "../model/time.ts";
import { Dialog } from "../parts/dialog.tsx";
import { useHold, useWarning } from "../parts/leaving.ts";
import { useNow } from "../parts/use-now.ts";
import { newDraft } from "./draft.ts";
import { FormFoot } from "./form-foot.tsx";
import { KeyFields } from "./key-fields.tsx";
import { LostKeyDialog } from "./lost-key-dialog.tsx";
import { loadRules, type Mistakes } from "./mistakes.ts";
import { PermissionFields } from "./permission-fields.tsx";
import { SecretDialog } from "./secret-dialog.tsx";
import { type Creation, useCreation } from "./use-creation.ts";

interface CreateDialogProps {
  readonly session: SignedIn;
  readonly projectId: string;
  /** The key whose settings to start from. */
  readonly source: ApiKey | undefined;
  readonly onCreated: (keyId: string) => void;
  /** Without a key in hand; there may be one all the same. */
  readonly onClose: (mayHaveCreated: boolean) => void;
}

export function CreateDialog({ session, projectId, source, onCreated, onClose }: CreateDialogProps) {
  const creation = useCreation(projectId);
  useEffect(holdAddress, []);
  const { created, isSaving } = creation;
  // Also when it is copied: the clipboard forgets sooner than people think.
  const isPrecious = isSaving || (created !== undefined && created.key !== "");
  useWarning(isPrecious);
  useHold("key", isPrecious);
  useHold("entries", isSaving || created !== undefined);
  if (!created) {
    const close = () => onClose(creation.leftover !== "nothing");
    return <FormDialog session={session} creation={creation} source={source} onClose={close} />;
  }
  const finish = () => onCreated(created.apiKey.keyId);
  return created.key === "" ? (
    <LostKeyDialog apiKey={created.apiKey} onClose={finish} />
  ) : (
    <SecretDialog created={created} onClose={finish} />
  );
}

interface FormDialogProps {
  readonly session: SignedIn;
  readonly creation: Creation;
  readonly source: ApiKey | undefined;
  readonly onClose: () => void;
}

function FormDialog({ session, creation, source, onClose }: FormDialogProps) {
  const [first] = useState(() => newDraft(source, Date.now()));
  const [draft, setDraft] = useState(first);
  const [isLeaving, setLeaving] = useState(false);
  const form = useRef<HTMLFormElement>(null);
  const otherPerson = useOtherPerson(session);
  const isFilled = draft !== first;
  useHold("entries", isFilled);
  useWarning(isFilled);
  useEffect(loadRules, []);
  useEffect(() => {
    const name = form.current?.querySelector<HTMLInputElement>("#key-name");
    name?.focus();
    name?.select();
  }, []);
  const leave = () => {
    if (creation.isSaving) return;
    if (isFilled) setLeaving(!isLeaving);
    else onClose();
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
          {source && <Origin source={source} />}
          <KeyFields draft={draft} mistakes={creation.mistakes} onChange={setDraft} />
          <PermissionFields draft={draft} mistakes={creation.mistakes} onChange={setDraft} />
        </div>
        <FormFoot
          draft={draft}
          creation={creation}
          otherPerson={otherPerson}
          isLeaving={isLeaving}
          onLeave={leave}
          onDiscard={onClose}
          onStay={() => setLeaving(false)}
        />
      </form>
    </Dialog>
  );
}

function Origin({ source }: { source: ApiKey }) {
  const expires = dateOf(source.expireTime);
  const end = expires ? "it expires or you delete it" : "you delete it";
  const fate = isPast(expires, useNow()) ? "has expired" : `keeps working until ${end}`;
  return (
    <p class="muted">
      Starts from the settings of <strong>{source.displayName}</strong>, which {fate}.
    </p>
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
