/** What is open and would be lost for good: a key that is shown this once, or is on its way here. */
import { useEffect } from "preact/hooks";

let isHeld = false;
let waiting: (() => void) | undefined;

/** While it is on, closing the tab, reloading it or following a link out of it asks first. One at a time. */
export function useHold(isOn: boolean): void {
  useEffect(() => {
    if (!isOn) return;
    const warn = (event: BeforeUnloadEvent) => event.preventDefault();
    addEventListener("beforeunload", warn);
    isHeld = true;
    return () => {
      removeEventListener("beforeunload", warn);
      isHeld = false;
      waiting?.();
      waiting = undefined;
    };
  }, [isOn]);
}

/** Calls at once, or as soon as nothing would be lost any more. */
export function whenNothingIsHeld(act: () => void): void {
  if (isHeld) waiting = act;
  else act();
}
