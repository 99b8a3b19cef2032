/** Names of keys: how they are cleaned, and how they are found. */

/** The name as it is kept. The contract's rules trim Unicode's white space too; JavaScript's `trim` is another set. */
export const trimName = (name: string) => name.replace(/^\p{White_Space}+|\p{White_Space}+$/gu, "");

const MARKS = /\p{M}/gu;

/**
 * One code point, case folded. Lower case first makes `ẞ` and `ß` one, upper case then `ß` and `ss`, or `ſ` and `s`.
 * By itself, since the lower case of `Σ` is another at the end of a word, and a query may end where a word goes on.
 */
const foldCase = (point: string) => point.toLowerCase().toUpperCase().toLowerCase();

const dropMarks = (text: string) => text.normalize("NFKD").replace(MARKS, "");

/** The form in which names and queries are compared: NFKD, marks dropped, case folded. */
export const foldText = (text: string) => dropMarks(Array.from(dropMarks(text), foldCase).join(""));
