/** Who is calling, handed from the gate to the handlers. */
import { createContextKey } from "@connectrpc/connect";
import type { Caller } from "../domain/caller.ts";
import type { Outcome } from "../metrics/call-metrics.ts";

/** Set by the gate before the body is read. */
export const callerKey = createContextKey<Caller | undefined>(undefined, { description: "caller" });

/** Counts the call, once: what comes first is its outcome. `verdict`: 0 where there is none. */
export type Finish = (outcome: Outcome, verdict: number) => void;
/** Set by the gate for calls that are counted. */
export const finishKey = createContextKey<Finish>(() => {}, { description: "finish" });
