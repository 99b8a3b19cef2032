/** Search by name, as one types. `/` leads here from anywhere on the page. */
import type { TargetedKeyboardEvent } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { containsKey } from "../../../domain/key-outline.ts";
import { Icon } from "../parts/icons.tsx";

const PAUSE_MS = 180;
/** As the contract has it, in code points. */
const MAX_LENGTH = 100;

interface SearchBoxProps {
  readonly query: string;
  /** A complete key has been searched for, by the address. */
  readonly hadKey: boolean;
  readonly isBusy: boolean;
  readonly onSearch: (query: string) => void;
}

const ID = "search";
const KEY_NOTE_ID = `${ID}-key`;

export const focusSearch = () => document.getElementById(ID)?.focus();

const cut = (text: string) => Array.from(text).slice(0, MAX_LENGTH).join("");

/** What stands in the box: searched for after a pause or at once, unless it is what nobody should search for. */
function useSearchText({ query, hadKey, onSearch }: Omit<SearchBoxProps, "isBusy">) {
  const [text, setText] = useState(query);
  const [isKey, setKey] = useState(hadKey);
  // What we said last: the address following us must not take back what has been typed since.
  const said = useRef(query);
  const say = (next: string) => {
    if (next === said.current) return;
    said.current = next;
    onSearch(next);
  };
  useEffect(() => {
    if (query === said.current) return;
    said.current = query;
    setText(query);
  }, [query]);
  useEffect(() => {
    if (hadKey) setKey(true);
  }, [hadKey]);
  useEffect(() => {
    const timer = setTimeout(() => say(text), PAUSE_MS);
    return () => clearTimeout(timer);
  }, [text]);
  const take = (field: HTMLInputElement) => {
    const holdsKey = containsKey(field.value);
    // Here and not only when it is drawn anew, which it is not where it was empty before.
    if (holdsKey) field.value = "";
    setKey(holdsKey);
    setText(cut(field.value));
  };
  return { text, isKey, take, search: () => say(text) };
}

export function SearchBox({ isBusy, ...props }: SearchBoxProps) {
  const input = useRef<HTMLInputElement>(null);
  const { text, isKey, take, search } = useSearchText(props);
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      if (!isShortcut(event)) return;
      event.preventDefault();
      input.current?.select();
    };
    addEventListener("keydown", onKeyDown);
    return () => removeEventListener("keydown", onKeyDown);
  }, []);
  const onKeyDown = ({ key, currentTarget }: TargetedKeyboardEvent<HTMLInputElement>) => {
    if (key === "Enter") search();
    if (key !== "Escape") return;
    currentTarget.value = "";
    take(currentTarget);
  };
  return (
    <search class="search-box" aria-busy={isBusy}>
      <Icon name="search" />
      <input
        ref={input}
        id={ID}
        type="search"
        aria-label="Search keys by name"
        aria-describedby={isKey ? KEY_NOTE_ID : undefined}
        aria-keyshortcuts="/"
        placeholder="Search by name"
        autoComplete="off"
        spellcheck={false}
        value={text}
        onInput={(event) => take(event.currentTarget)}
        onKeyDown={onKeyDown}
      />
      <span class="shortcut" aria-hidden="true">
        /
      </span>
      {isKey && (
        <p id={KEY_NOTE_ID} class="mistake" role="alert">
          A complete key does not belong here: it is a secret, so it is not searched for. Search by the key's
          name instead.
        </p>
      )}
    </search>
  );
}

function isShortcut({ key, ctrlKey, metaKey, altKey, target }: KeyboardEvent): boolean {
  if (key !== "/" || ctrlKey || metaKey || altKey) return false;
  if (document.querySelector("dialog[open]")) return false;
  return !(target instanceof HTMLElement && target.matches("input, textarea, select, [contenteditable]"));
}
