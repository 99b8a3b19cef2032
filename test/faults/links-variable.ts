/** The environment variable that tells a replica its links; JSON: which port to take in place of which. */
export const LINKS_VARIABLE = "FAULT_RUN_LINKS";
