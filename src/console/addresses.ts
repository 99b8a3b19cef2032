/** Which addresses are pages of the console, and which were meant to be. */
import { PROJECT_ID_SOURCE } from "../domain/project-id.ts";

const PROJECT = `/projects/${PROJECT_ID_SOURCE}`;
const QUERY = "(?:\\?[\\w.~%=&+*-]*)?";

const PAGE = new RegExp(`^(?:/|${PROJECT}/api-keys)$`);
const PAGE_WITH_QUERY = new RegExp(`^(?:/|${PROJECT}/api-keys)${QUERY}$`);
const NEAR_PROJECT = new RegExp(`^(${PROJECT})(?:/(?:api-keys/)?)?$`);
const NEAR_START = /^\/(?:console|projects)\/?$/;

export const isPage = (path: string) => PAGE.test(path);

/** With a query or without one. Nobody can be sent elsewhere by an address that this is true of. */
export const isPageAddress = (address: string) => PAGE_WITH_QUERY.test(address);

/** Where somebody wanted to go who left something out, or put a slash too many behind. */
export function nearestPage(path: string): string | undefined {
  const project = NEAR_PROJECT.exec(path)?.[1];
  if (project !== undefined) return `${project}/api-keys`;
  return NEAR_START.test(path) ? "/" : undefined;
}
