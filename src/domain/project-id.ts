/** The names of projects, as the contract has them. */

/** Source of a regular expression: one whole id. */
export const PROJECT_ID_SOURCE = "[A-Za-z0-9][A-Za-z0-9._-]{0,63}";

export const PROJECT_ID = new RegExp(`^${PROJECT_ID_SOURCE}$`);
