import { useEffect, useState } from "preact/hooks";

/** Ages are told in minutes at the finest. */
const TICK_MS = 60_000;

/** The time in milliseconds since 1970, anew each minute: a page that is left open goes on telling ages that are true. */
export function useNow(): number {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), TICK_MS);
    return () => clearInterval(timer);
  }, []);
  return now;
}
