import { useEffect, useState } from "preact/hooks";
import { copyText } from "./clipboard.ts";
import { Icon } from "./icons.tsx";

const SHOWN_MS = 2_000;

/** A small button that copies something that is no secret, and says so for a moment. */
export function CopyButton({ text, label }: { text: string; label: string }) {
  const [isCopied, setCopied] = useState(false);
  useEffect(() => {
    if (!isCopied) return;
    const timer = setTimeout(() => setCopied(false), SHOWN_MS);
    return () => clearTimeout(timer);
  }, [isCopied]);
  return (
    <button
      type="button"
      class="icon-button copy-button"
      aria-label={isCopied ? "Copied" : label}
      title={isCopied ? "Copied" : label}
      onClick={async () => setCopied(await copyText(text))}
    >
      <Icon name={isCopied ? "check" : "copy"} />
    </button>
  );
}
