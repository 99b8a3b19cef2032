import type { Caller } from "../domain/caller.ts";
import type { KeyScope } from "../store/keys.ts";

/** What the caller may see of a project: a key sees only its own environment. */
export const scopeOf = (caller: Caller, projectId: string): KeyScope => ({
  projectId,
  environment: caller.kind === "key" ? caller.key.environment : undefined,
});
