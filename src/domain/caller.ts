/** Who is calling, once the credential has been checked. */
import type { LiveKey } from "./key.ts";
import type { Scope } from "./verdict.ts";

export type Caller =
  | { readonly kind: "operator" }
  /** `projects` are those that the person administers. */
  | { readonly kind: "user"; readonly subject: string; readonly projects: ReadonlySet<string> }
  /** `text` is the presented key, for reading the key again inside a transaction. It is never kept or logged. */
  | { readonly kind: "key"; readonly key: LiveKey; readonly text: string }
  | { readonly kind: "service"; readonly name: string; readonly pins: Scope };

/** The caller in the words of `ApiKey.creator` and of the audit log. */
export function callerName(caller: Caller): string {
  switch (caller.kind) {
    case "operator":
      return "operator";
    case "user":
      return `user:${caller.subject}`;
    case "key":
      return `key:${caller.key.keyId}`;
    case "service":
      return `service:${caller.name}`;
  }
}
