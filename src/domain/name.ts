/** Names of keys: how they are cleaned, and how they are found. */

/** The name as it is kept. The contract's rules on its length and characters are checked on the same text. */
export const trimName = (name: string) => name.trim();

const MARKS = /\p{M}/gu;

/**
 * The form in which names and queries are compared: NFKD, marks dropped, case folded. `toUpperCase` first, since that
 * is what makes `ß` and `ss`, or `ſ` and `s`, one.
 */
export const foldText = (text: string) =>
  text.normalize("NFKD").replace(MARKS, "").toUpperCase().toLowerCase().normalize("NFKD").replace(MARKS, "");
