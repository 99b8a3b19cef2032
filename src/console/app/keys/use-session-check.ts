/** What becomes of a list that was refused because nobody seems to be signed in. */
import { useEffect, useRef } from "preact/hooks";
import type { SignedIn } from "../api/session.ts";
import type { KeyList } from "./use-keys.ts";

interface Check {
  readonly keys: KeyList;
  readonly session: SignedIn;
  /** The list was refused, and nothing is in the way of saying so. */
  readonly isSignedOut: boolean;
  /** Has the session read: it is over, or another one comes. */
  readonly onSignedOut: () => void;
}

/** Where the session is good after all, the list is asked for once more. Once, or the two would never come to an end. */
export function useSessionCheck({ keys, session, isSignedOut, onSignedOut }: Check): void {
  const { page, reload } = keys;
  const last = useRef(session);
  const hasRetried = useRef(false);
  useEffect(() => {
    if (isSignedOut) onSignedOut();
  }, [isSignedOut, onSignedOut]);
  useEffect(() => {
    if (page?.isWhole) hasRetried.current = false;
  }, [page]);
  useEffect(() => {
    const isReadAnew = last.current !== session;
    last.current = session;
    if (!(isReadAnew && isSignedOut) || hasRetried.current) return;
    hasRetried.current = true;
    reload();
  }, [session, isSignedOut, reload]);
}
