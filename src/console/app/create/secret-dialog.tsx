/** The complete key, this once. Nothing but a deliberate choice closes it. */
import { useEffect, useRef, useState } from "preact/hooks";
import { copyText } from "../parts/clipboard.ts";
import { Dialog } from "../parts/dialog.tsx";
import { Icon } from "../parts/icons.tsx";
import { Notice } from "../parts/notice.tsx";
import type { Created } from "./use-creation.ts";

interface SecretDialogProps {
  readonly created: Created;
  readonly onClose: () => void;
}

export type Copying = "not yet" | "copied" | "refused";

export function SecretDialog({ created: { apiKey, key }, onClose }: SecretDialogProps) {
  const [copying, setCopying] = useState<Copying>("not yet");
  const [isAsking, setAsking] = useState(false);
  const text = useRef<HTMLElement>(null);
  const button = useRef<HTMLButtonElement>(null);
  useEffect(() => button.current?.focus(), []);
  const copy = async () => {
    const isCopied = await copyText(key);
    setCopying(isCopied ? "copied" : "refused");
    setAsking(false);
    if (!isCopied) select(text.current);
  };
  const ask = () => {
    setAsking(true);
    // So that a key which is held down, or pressed once more, copies instead of closing.
    button.current?.focus();
  };
  const done = (event: MouseEvent) => {
    // The second of two clicks was meant for what stood here before the first, such as the button that copies.
    if (event.detail > 1) return;
    if (copying === "copied" || isAsking) onClose();
    else ask();
  };
  return (
    <Dialog title="Save your key" onEscape={ask}>
      <div class="dialog-body">
        <p>
          <strong>{apiKey.displayName}</strong> is created. This is its complete key.
        </p>
        <code
          ref={text}
          class="secret"
          // biome-ignore lint/a11y/noNoninteractiveTabindex: the keyboard must reach the key where copying is refused.
          tabIndex={0}
        >
          {key}
        </code>
        <Notice tone="warning" title="The key will not be shown again">
          Copy it and store it in a safe place, such as a secret manager, before you close this.
        </Notice>
        <p class="status" role="status">
          {copying === "copied" && "Copied to the clipboard."}
          {copying === "refused" &&
            "The browser does not let this page copy. The key is selected: press Ctrl+C or ⌘C."}
        </p>
      </div>
      <div class="dialog-foot actions end">
        {isAsking && (
          <p class="leaving" role="alert">
            {copying === "copied"
              ? "Have you stored the key? It cannot be shown again."
              : "You have not copied the key. It cannot be shown again."}
          </p>
        )}
        <button type="button" class={isAsking && copying !== "copied" ? "danger" : ""} onClick={done}>
          {isAsking && copying !== "copied" ? "Close without copying" : "Done"}
        </button>
        <button ref={button} type="button" class="primary copy-key" onClick={copy}>
          <Icon name={copying === "copied" ? "check" : "copy"} />
          {copying === "copied" ? "Copied" : "Copy key"}
        </button>
      </div>
    </Dialog>
  );
}

function select(element: HTMLElement | null): void {
  if (!element) return;
  element.focus();
  getSelection()?.selectAllChildren(element);
}
