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

/**
 * Names the page for tabs and history. Where it is of another kind than the one before, its title gets focus. Undefined:
 * it is not known yet what page it will be.
 */
export function usePage(kind: string | undefined, name: string): void {
  const last = useRef(kind);
  useEffect(() => {
    if (kind !== undefined) document.title = `${name} · Keyfast`;
  }, [kind, name]);
  useEffect(() => {
    if (kind === undefined) return;
    if (last.current !== undefined && last.current !== kind) focusPageTitle();
    last.current = kind;
  }, [kind]);
}
