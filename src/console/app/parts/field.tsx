import type { ComponentChildren } from "preact";

interface FieldProps {
  /** Of the control; the hint and the mistake get ids of it. */
  readonly id: string;
  readonly label: string;
  readonly hint?: ComponentChildren;
  readonly mistake?: string | undefined;
  readonly children: ComponentChildren;
}

/** What a control points to with aria-describedby. */
export const describedBy = (id: string, mistake: string | undefined) =>
  mistake === undefined ? `${id}-hint` : `${id}-mistake ${id}-hint`;

export const Field = ({ id, label, hint, mistake, children }: FieldProps) => (
  <div class="field">
    <label for={id}>{label}</label>
    {children}
    <Mistake id={id} text={mistake} />
    <div id={`${id}-hint`} class="hint">
      {hint}
    </div>
  </div>
);

export const Mistake = ({ id, text }: { id: string; text: string | undefined }) =>
  text === undefined ? null : (
    <p id={`${id}-mistake`} class="mistake">
      {text}
    </p>
  );
