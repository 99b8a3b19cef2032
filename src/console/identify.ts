/** From a credential to somebody who may use the console. */
import type { Caller } from "../domain/caller.ts";
import { KeyfastError } from "../domain/errors.ts";
import { Refusal } from "./answers.ts";

/** As the rpcs check it: throws KeyfastError. */
export type Authenticate = (header: string) => Caller | Promise<Caller>;

export type ConsoleCaller = Caller & { kind: "operator" | "user" };

export const UNAVAILABLE = new Refusal(
  503,
  "unavailable",
  "The service cannot check the token at the moment. Try again in a little while.",
);

/** Whose credential it is; undefined where it is nobody's. Throws Refusal where that cannot be known. */
export async function identify(authenticate: Authenticate, credential: string): Promise<Caller | undefined> {
  try {
    return await authenticate(`Bearer ${credential}`);
  } catch (error) {
    if (!(error instanceof KeyfastError)) throw error;
    if (error.reason === "CREDENTIAL_INVALID" || error.reason === "CREDENTIAL_MISSING") return undefined;
    throw UNAVAILABLE;
  }
}

/** Throws Refusal for those whom the console is not for. */
export function requireAdministrator(
  caller: Caller | undefined,
  mayBeOperator: boolean,
): asserts caller is ConsoleCaller {
  if (!caller) {
    throw new Refusal(401, "credential", "This token is not valid, or has expired.", "credential");
  }
  if (caller.kind === "key") {
    throw new Refusal(403, "credential", "An API key cannot sign in. Use a token of a person.", "credential");
  }
  if (caller.kind === "service") {
    throw new Refusal(403, "credential", "A service's token can only verify keys.", "credential");
  }
  if (caller.kind === "operator" && !mayBeOperator) {
    const rule =
      "Operator tokens sign in on the service's own machine only, at its loopback address, and not behind a proxy.";
    throw new Refusal(403, "credential", rule, "credential");
  }
}
