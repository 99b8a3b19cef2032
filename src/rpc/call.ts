/** What is known of a call before its message is read, handed to the gate, and from it to the handlers. */
import type { DescService } from "@bufbuild/protobuf";
import { createContextKey } from "@connectrpc/connect";
import { ApiKeyService } from "../../gen/keyfast/v1/api_key_service_pb.ts";
import type { Caller } from "../domain/caller.ts";
import type { Outcome } from "../metrics/call-metrics.ts";

/** Whether a service is this one, and not health or reflection. */
export const isOurs = ({ typeName }: DescService) => typeName === ApiKeyService.typeName;

/** When the call began, by the monotonic clock, in milliseconds; undefined: at the gate. */
export const startedAtKey = createContextKey<number | undefined>(undefined, { description: "startedAt" });

/** Set by the gate before the body is read. */
export const callerKey = createContextKey<Caller | undefined>(undefined, { description: "caller" });

/** Counts the call, once: what comes first is its outcome. `verdict`: 0 where there is none. */
export type Finish = (outcome: Outcome, verdict: number) => void;
/** Set by the gate for calls that are counted. */
export const finishKey = createContextKey<Finish>(() => {}, { description: "finish" });
