/** Deleting a key: what will stop working, then what the receipt says. */
import { useEffect, useRef, useState } from "preact/hooks";
import type { ApiKey, RevocationReceipt } from "../../../../gen/keyfast/v1/api_key_pb.ts";
import { client } from "../api/client.ts";
import { type Problem, problemOf } from "../api/problem.ts";
import type { SignedIn } from "../api/session.ts";
import { abilityOf } from "../model/access.ts";
import { environmentTitle } from "../model/environments.ts";
import { holdAddress } from "../model/route.ts";
import { dateOf, isPast } from "../model/time.ts";
import { Dialog } from "../parts/dialog.tsx";
import { useHold, useWarning } from "../parts/leaving.ts";
import { Notice } from "../parts/notice.tsx";
import { useNow } from "../parts/use-now.ts";
import { receiptWords } from "./receipt.ts";

interface DeleteDialogProps {
  readonly apiKey: ApiKey;
  readonly session: SignedIn;
  readonly onClose: () => void;
  /** The table is not true any more. */
  readonly onDeleted: () => void;
  /** Closed after the session turned out to be over. */
  readonly onSignedOut: () => void;
}

export type Step =
  | { readonly kind: "asking" | "deleting" }
  | { readonly kind: "failed"; readonly problem: Problem }
  | { readonly kind: "gone"; readonly receipt: RevocationReceipt | undefined };

const LABELS = { asking: "Delete", deleting: "Deleting on all replicas…", failed: "Try again" };

export function DeleteDialog({ apiKey, session, onClose, onDeleted, onSignedOut }: DeleteDialogProps) {
  const [step, setStep] = useState<Step>({ kind: "asking" });
  // What has become of the key is told to whoever deleted it.
  const isBegun = step.kind !== "asking";
  useHold("entries", isBegun);
  useWarning(step.kind === "deleting");
  useEffect(() => (isBegun ? holdAddress() : undefined), [isBegun]);
  const finish = (receipt: RevocationReceipt | undefined) => {
    setStep({ kind: "gone", receipt });
    onDeleted();
  };
  const remove = async () => {
    if (step.kind === "deleting") return;
    setStep({ kind: "deleting" });
    try {
      finish((await client.deleteApiKey({ projectId: apiKey.projectId, keyId: apiKey.keyId })).receipt);
    } catch (error) {
      const problem = problemOf(error);
      if (problem.kind === "not-found") finish(undefined);
      else setStep({ kind: "failed", problem });
    }
  };
  if (step.kind === "gone") return <Gone apiKey={apiKey} receipt={step.receipt} onClose={onClose} />;
  const isDeleting = step.kind === "deleting";
  const isSignedOut = step.kind === "failed" && step.problem.kind === "signed-out";
  const dismiss = () => {
    if (isDeleting) return;
    onClose();
    if (isSignedOut) onSignedOut();
  };
  return (
    <Dialog title={`Delete ${apiKey.displayName}?`} role="alertdialog" onEscape={dismiss}>
      <div class="dialog-body">
        <Consequences apiKey={apiKey} session={session} />
        {step.kind === "failed" && <Failure problem={step.problem} />}
      </div>
      <div class="dialog-foot actions end">
        <button type="button" aria-disabled={isDeleting} onClick={dismiss}>
          Cancel
        </button>
        {/* One button all the time, so that focus stays on it. */}
        <button
          type="button"
          class={isSignedOut ? "primary" : "danger"}
          aria-disabled={isDeleting}
          onClick={isSignedOut ? dismiss : remove}
        >
          {isSignedOut ? "Sign in again" : LABELS[step.kind]}
        </button>
      </div>
    </Dialog>
  );
}

function Consequences({ apiKey, session }: { apiKey: ApiKey; session: SignedIn }) {
  const hasExpired = isPast(dateOf(apiKey.expireTime), useNow());
  return (
    <>
      <p>
        {hasExpired ? <NothingStops apiKey={apiKey} /> : <WhatStops apiKey={apiKey} />} This cannot be undone.
      </p>
      <dl class="facts">
        <dt>Key</dt>
        <dd>
          <code>{apiKey.obfuscatedKey}</code>
        </dd>
        <dt>It now</dt>
        <dd>{hasExpired ? "can do nothing: it has expired" : abilityOf(apiKey.access)}</dd>
        <dt>Created by</dt>
        <dd>{apiKey.creator}</dd>
        <dt>Deleted by</dt>
        <dd>{session.caller} (you)</dd>
      </dl>
    </>
  );
}

const WhatStops = ({ apiKey: { displayName, environment } }: { apiKey: ApiKey }) => (
  <>
    Whatever calls as <strong>{displayName}</strong> in {environmentTitle(environment).toLowerCase()} stops
    working at once, on every replica.
  </>
);

const NothingStops = ({ apiKey: { displayName } }: { apiKey: ApiKey }) => (
  <>
    <strong>{displayName}</strong> has expired: nothing that calls as it works any more.
  </>
);

const Failure = ({ problem }: { problem: Problem }) => (
  <Notice tone="danger" title={problem.title}>
    {problem.kind === "uncertain"
      ? "It is not known whether the key is deleted. Try again until it is answered: that is safe."
      : problem.advice}
  </Notice>
);

interface GoneProps {
  readonly apiKey: ApiKey;
  readonly receipt: RevocationReceipt | undefined;
  readonly onClose: () => void;
}

function Gone({ apiKey, receipt, onClose }: GoneProps) {
  const button = useRef<HTMLButtonElement>(null);
  useEffect(() => button.current?.focus(), []);
  return (
    <Dialog title={`${apiKey.displayName} is deleted`} onEscape={onClose}>
      <div class="dialog-body">
        <Notice tone="success" title="Gone on all replicas">
          {receipt ? receiptWords(receipt) : "It had been deleted before. No replica accepts it."}
        </Notice>
      </div>
      <div class="dialog-foot actions end">
        <button ref={button} type="button" class="primary" onClick={onClose}>
          Close
        </button>
      </div>
    </Dialog>
  );
}
