/** What is open, and who must not take it away. */
import { useEffect } from "preact/hooks";

/**
 * `key`: a key that is shown this once, or is on its way here, and would be lost for good; nothing takes it away.
 * `entries`: what somebody has entered; it does not outlive their session, but nobody else's begins over it.
 */
type Hold = "key" | "entries";

const held: Record<Hold, number> = { key: 0, entries: 0 };
let waiting: { readonly hold: Hold; readonly act: () => void } | undefined;

function release(hold: Hold): void {
  held[hold]--;
  if (held[hold] > 0 || waiting?.hold !== hold) return;
  const { act } = waiting;
  waiting = undefined;
  act();
}

export function useHold(hold: Hold, isOn: boolean): void {
  useEffect(() => {
    if (!isOn) return;
    held[hold]++;
    return () => release(hold);
  }, [hold, isOn]);
}

/** While it is on, closing the tab, reloading it or following a link out of it asks first. */
export function useWarning(isOn: boolean): void {
  useEffect(() => {
    if (!isOn) return;
    const warn = (event: BeforeUnloadEvent) => event.preventDefault();
    addEventListener("beforeunload", warn);
    return () => removeEventListener("beforeunload", warn);
  }, [isOn]);
}

/** Calls at once, or as soon as nothing is held that way any more; then only what came last. */
export function whenFree(hold: Hold, act: () => void): void {
  waiting = held[hold] > 0 ? { hold, act } : undefined;
  if (!waiting) act();
}

/** What waits to be called has been overtaken, and is not called. */
export function withdraw(): void {
  waiting = undefined;
}
