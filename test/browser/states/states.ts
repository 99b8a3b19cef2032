/**
 * Every state that the page can be in. Where the code names its states the table must have each of them, or it does not
 * compile; that no panel, notice or dialog is left out of the others is for the test to see.
 */
import { ARRIVING } from "./arriving.ts";
import { CREATING } from "./creating.ts";
import { DELETING } from "./deleting.ts";
import { LISTING, openActions } from "./listing.ts";
import { PROBLEMS } from "./problems.ts";
import type { States } from "./state.ts";

export const STATES: States = { ...ARRIVING, ...LISTING, ...CREATING, ...DELETING, ...PROBLEMS };

/** What stands beside another place once the window has another size is opened anew. */
export const AFTER_RESIZE: Partial<States> = { "a row's actions": openActions };
