/** Who is calling, handed from the gate to the handlers. */
import { createContextKey } from "@connectrpc/connect";
import type { Caller } from "../domain/caller.ts";

/** Set by the gate before the body is read. */
export const callerKey = createContextKey<Caller | undefined>(undefined, { description: "caller" });
