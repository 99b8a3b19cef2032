import { useEffect, useState } from "preact/hooks";
import { copyText } from "./clipboard.ts";
import { Icon } from "./icons.tsx";

const SHOWN_MS = 2_000;

const OUTCOMES = {
  copied: { icon: "check", words: "Copied" },
  refused: { icon: "warning", words: "The browser does not let this page copy" },
} as const;

/** A small button that copies something that is no secret, and says for a moment what came of it. */
export function CopyButton({ text, label }: { text: string; label: string }) {
  const [outcome, setOutcome] = useState<keyof typeof OUTCOMES>();
  useEffect(() => {
    if (!outcome) return;
    const timer = setTimeout(() => setOutcome(undefined), SHOWN_MS);
    return () => clearTimeout(timer);
  }, [outcome]);
  const { icon, words } = outcome ? OUTCOMES[outcome] : ({ icon: "copy", words: label } as const);
  return (
    <button
      type="button"
      class="icon-button copy-button"
      aria-label={words}
      title={words}
      onClick={async () => setOutcome((await copyText(text)) ? "copied" : "refused")}
    >
      <Icon name={icon} />
    </button>
  );
}
