/** Who is signed in by now, where that was changed in another tab while something stands here that is not to be lost. */
import { useEffect, useState } from "preact/hooks";
import { onToldByOthers, type SignedIn } from "./session.ts";

/** A text that is the same for two sessions of one person with the same projects. */
export const identityOf = ({ kind, caller, projects }: SignedIn) => JSON.stringify([kind, caller, projects]);

/** Undefined as long as it is whom the page was made for. */
export function useOtherPerson({ caller }: SignedIn): SignedIn | undefined {
  const [told, setTold] = useState<SignedIn>();
  useEffect(() => onToldByOthers((state) => setTold(state.signedIn ? state : undefined)), []);
  return told?.caller === caller ? undefined : told;
}
