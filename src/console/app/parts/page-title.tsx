/** What a page is called: its heading, and the browser's tab. */
import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";

const ID = "page-title";

export const PageTitle = ({ children, look = "" }: { children: ComponentChildren; look?: string }) => (
  <h1 id={ID} class={look} tabIndex={-1}>
    {children}
  </h1>
);

/** For when what had focus is gone: it is read out, and Tab goes on from there. */
export const focusPageTitle = () => document.getElementById(ID)?.focus();

/** Names the page for tabs and history. Where it is of another kind than the one before, its title gets focus. */
export function usePage(kind: string, name: string): void {
  const last = useRef(kind);
  useEffect(() => {
    document.title = `${name} · Keyfast`;
  }, [name]);
  useEffect(() => {
    if (last.current !== kind) focusPageTitle();
    last.current = kind;
  }, [kind]);
}
