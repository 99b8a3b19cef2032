/** A modal dialog: the browser's own, which keeps focus inside and makes the rest inert. Never closed by a stray click. */
import type { ComponentChildren } from "preact";
import { useId, useLayoutEffect, useRef } from "preact/hooks";
import { focusPageTitle } from "./page-title.tsx";

interface DialogProps {
  readonly title: string;
  readonly size?: "small" | "large";
  readonly role?: "dialog" | "alertdialog";
  /** Escape was pressed. The dialog stays open until it is not rendered any more. */
  readonly onEscape: () => void;
  readonly children: ComponentChildren;
}

export function Dialog({ title, size = "small", role = "dialog", onEscape, children }: DialogProps) {
  const ref = useRef<HTMLDialogElement>(null);
  const titleId = useId();
  useLayoutEffect(() => open(ref.current), []);
  const isInUse = useRef(false);
  // The second of two clicks was meant for what the first one went to, which may have opened this dialog.
  const onClickCapture = (event: MouseEvent) => {
    if (event.detail <= 1) isInUse.current = true;
    if (isInUse.current) return;
    event.preventDefault();
    event.stopPropagation();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== "Escape") return;
    // Prevented here and not only in `cancel`, which browsers leave out when Escape is pressed twice.
    event.preventDefault();
    onEscape();
  };
  const onCancel = (event: Event) => {
    event.preventDefault();
    onEscape();
  };
  return (
    <dialog
      ref={ref}
      role={role}
      class={size === "large" ? "dialog large" : "dialog"}
      aria-labelledby={titleId}
      onClickCapture={onClickCapture}
      onKeyDown={onKeyDown}
      onCancel={onCancel}
    >
      <h2 id={titleId} class="dialog-title" tabIndex={-1}>
        {title}
      </h2>
      {children}
    </dialog>
  );
}

function open(dialog: HTMLDialogElement | null) {
  const opener = document.activeElement;
  dialog?.setAttribute("closedby", "none");
  dialog?.showModal();
  const reopen = () => dialog?.isConnected && !dialog.open && dialog.showModal();
  dialog?.addEventListener("close", reopen);
  return () => {
    dialog?.removeEventListener("close", reopen);
    dialog?.close();
    const focused = document.activeElement;
    // After the page has been drawn anew: what opened the dialog may be gone by then.
    setTimeout(() => returnFocus(opener, focused));
  };
}

/** `focused` is where the browser itself left it: whoever has moved on since, into a menu even, is not called back. */
function returnFocus(opener: Element | null, focused: Element | null): void {
  if (document.querySelector("dialog[open]")) return;
  const now = document.activeElement;
  if (now !== focused && now !== document.body) return;
  if (opener?.isConnected && opener !== document.body) (opener as HTMLElement).focus();
  else focusPageTitle();
}
