/** Name, environment, expiry. */
import type { Environment } from "../../../../gen/keyfast/v1/api_key_pb.ts";
import { ENVIRONMENTS } from "../model/environments.ts";
import { exactTime } from "../model/time.ts";
import { Choice } from "../parts/choice.tsx";
import { describedBy, Field, Mistake } from "../parts/field.tsx";
import { type Draft, EXPIRY_CHOICES, type ExpiryChoice, expiryFrom } from "./draft.ts";
import type { Mistakes } from "./mistakes.ts";
import { nameHint } from "./name-hint.ts";

export interface DraftProps {
  readonly draft: Draft;
  readonly mistakes: Mistakes;
  readonly onChange: (draft: Draft) => void;
}

export const KeyFields = (props: DraftProps) => (
  <>
    <NameField {...props} />
    <div class="field-pair">
      <EnvironmentField {...props} />
      <ExpiryField {...props} />
    </div>
  </>
);

const NameField = ({ draft, mistakes, onChange }: DraftProps) => (
  <Field id="key-name" label="Name" mistake={mistakes.name} hint={nameHint(draft)}>
    <input
      id="key-name"
      type="text"
      autoComplete="off"
      spellcheck={false}
      value={draft.name}
      aria-required
      aria-invalid={mistakes.name !== undefined}
      aria-describedby={describedBy("key-name", mistakes.name)}
      onInput={(event) => onChange({ ...draft, name: event.currentTarget.value })}
    />
  </Field>
);

const ENVIRONMENT_OPTIONS = ENVIRONMENTS.map(({ environment, title, token }) => ({
  value: environment as Environment,
  title,
  tone: token,
}));

const EnvironmentField = ({ draft, mistakes, onChange }: DraftProps) => (
  <div class="field">
    <span class="label" aria-hidden="true">
      Environment
    </span>
    <Choice
      name="environment"
      label="Environment"
      describedBy={describedBy("key-environment", mistakes.environment)}
      isInvalid={mistakes.environment !== undefined}
      options={ENVIRONMENT_OPTIONS}
      value={draft.environment}
      onChange={(environment) => onChange({ ...draft, environment })}
    />
    <Mistake id="key-environment" text={mistakes.environment} />
    <p id="key-environment-hint" class="hint">
      A key works in one environment only.
    </p>
  </div>
);

/** What a datetime-local control holds: local time, to the minute. */
function localMinute(date: Date): string {
  const local = new Date(date.getTime() - date.getTimezoneOffset() * 60_000);
  return local.toISOString().slice(0, 16);
}

/** Years have four digits, in timestamps as in the control. */
const LAST_MINUTE = "9999-12-31T23:59";

/** Undefined for what is no time, or not yet. */
function timeFrom(value: string): Date | undefined {
  const time = new Date(value);
  return Number.isNaN(time.getTime()) ? undefined : time;
}

function ExpiryField({ draft, mistakes, onChange }: DraftProps) {
  const { choice, at } = draft.expiry;
  const control = {
    "aria-invalid": mistakes.expiry !== undefined,
    "aria-describedby": describedBy("key-expiry", mistakes.expiry),
  };
  const choose = (next: ExpiryChoice) => {
    const fresh = expiryFrom(next, Date.now());
    onChange({ ...draft, expiry: next === "custom" ? { choice: next, at } : fresh });
  };
  const hint = at ? `Until ${exactTime(at)}.` : "Keys that expire limit what a leak can do.";
  return (
    <Field id="key-expiry" label="Expiry" mistake={mistakes.expiry} hint={hint}>
      <select
        id="key-expiry"
        value={choice}
        {...control}
        onChange={(event) => choose(event.currentTarget.value as ExpiryChoice)}
      >
        {EXPIRY_CHOICES.map((entry) => (
          <option key={entry.choice} value={entry.choice}>
            {entry.title}
          </option>
        ))}
      </select>
      {choice === "custom" && (
        <input
          type="datetime-local"
          aria-label="Expires at"
          max={LAST_MINUTE}
          value={at ? localMinute(at) : ""}
          {...control}
          onInput={(event) =>
            onChange({ ...draft, expiry: { choice, at: timeFrom(event.currentTarget.value) } })
          }
        />
      )}
    </Field>
  );
}
