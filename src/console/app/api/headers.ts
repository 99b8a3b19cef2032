/** A foreign page cannot send this without asking first, and nobody would allow it. */
export const CONSOLE_HEADERS = { "x-keyfast-console": "1" };
