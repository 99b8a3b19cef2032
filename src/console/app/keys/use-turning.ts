/** Turning to another page of the list leads to its beginning, as following a link does. */
import type { RefObject } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { focusPageTitle } from "../parts/page-title.tsx";

interface Turning {
  readonly table: RefObject<HTMLTableElement | null>;
  /** To be called when a page is turned: once the other one is there, the table has focus and its top is in view. */
  readonly turn: () => void;
}

export function useTurning(isFetching: boolean): Turning {
  const table = useRef<HTMLTableElement>(null);
  const turnedFrom = useRef<Element | null>(null);
  useEffect(() => {
    const from = turnedFrom.current;
    if (isFetching || !from) return;
    turnedFrom.current = null;
    // Whoever has gone on to do something else meanwhile, such as a search, is left alone.
    const now = document.activeElement;
    if (now !== from && now !== document.body) return;
    // A page may turn out to be empty, or not to come.
    if (!table.current) return focusPageTitle();
    table.current.focus({ preventScroll: true });
    table.current.scrollIntoView({ block: "start" });
  });
  const turn = () => {
    turnedFrom.current = document.activeElement;
  };
  return { table, turn };
}
