/** What a complete key looks like, whatever its checksum says. Needs nothing of Node: the console's pages ask it too. */
const OUTLINE = "[a-z][a-z0-9]{1,15}_(?:dev|stg|prod)_[0-9A-Za-z]{65}";
const WHOLE = new RegExp(`^${OUTLINE}$`);
const ANYWHERE = new RegExp(OUTLINE);

export const looksLikeKey = (text: string) => WHOLE.test(text);

/** Whether a complete key stands anywhere in the text, as in a header that was copied with its name. */
export const containsKey = (text: string) => ANYWHERE.test(text);

/** A rule for names, which are stored and listed in clear. */
export const NO_KEY_RULE = "must not contain a complete key, which is a secret";
