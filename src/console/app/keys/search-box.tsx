/** Search by name, as one types. `/` leads here from anywhere on the page. */
import { useEffect, useRef, useState } from "preact/hooks";
import { Icon } from "../parts/icons.tsx";

const PAUSE_MS = 180;
/** As the contract has it, in code points. */
const MAX_LENGTH = 100;

interface SearchBoxProps {
  readonly query: string;
  readonly isBusy: boolean;
  readonly onSearch: (query: string) => void;
}

const ID = "search";

export const focusSearch = () => document.getElementById(ID)?.focus();

const cut = (text: string) => Array.from(text).slice(0, MAX_LENGTH).join("");

export function SearchBox({ query, isBusy, onSearch }: SearchBoxProps) {
  const input = useRef<HTMLInputElement>(null);
  const [text, setText] = useState(query);
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
    const timer = setTimeout(() => say(text), PAUSE_MS);
    return () => clearTimeout(timer);
  }, [text]);
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      if (!isShortcut(event)) return;
      event.preventDefault();
      input.current?.select();
    };
    addEventListener("keydown", onKeyDown);
    return () => removeEventListener("keydown", onKeyDown);
  }, []);
  return (
    <search class="search-box" aria-busy={isBusy}>
      <Icon name="search" />
      <input
        ref={input}
        id={ID}
        type="search"
        aria-label="Search keys by name"
        aria-keyshortcuts="/"
        placeholder="Search by name"
        autoComplete="off"
        spellcheck={false}
        value={text}
        onInput={(event) => setText(cut(event.currentTarget.value))}
        onKeyDown={(event) => {
          if (event.key === "Escape") setText("");
          if (event.key === "Enter") say(text);
        }}
      />
      <span class="shortcut" aria-hidden="true">
        /
      </span>
    </search>
  );
}

function isShortcut({ key, ctrlKey, metaKey, altKey, target }: KeyboardEvent): boolean {
  if (key !== "/" || ctrlKey || metaKey || altKey) return false;
  if (document.querySelector("dialog[open]")) return false;
  return !(target instanceof HTMLElement && target.matches("input, textarea, select, [contenteditable]"));
}
