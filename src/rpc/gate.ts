/** What is decided before a message is read: who calls, and whether they may call this method at all. */
import { base64Decode } from "@bufbuild/protobuf/wire";
import { ConnectError, type HandlerContext } from "@connectrpc/connect";
import { messageUnreadable } from "../domain/errors.ts";
import type { CallMetrics } from "../metrics/call-metrics.ts";
import type { Authenticate } from "./authenticate.ts";
import { authorizeMethod, type MethodName } from "./authorize.ts";
import { callerKey, type Finish, finishKey, isOurs, startedAtKey } from "./call.ts";
import { withinDeadline } from "./deadline.ts";
import { adoptFrameworkError, answerFor, reasonOf } from "./errors.ts";

/** `limitMs`: how long finding out who calls may take, in milliseconds. */
export function createGate(
  authenticate: Authenticate,
  limitMs: number,
  onUnknown: (error: unknown, method: string) => void,
  metrics: CallMetrics,
) {
  return async (context: HandlerContext): Promise<void> => {
    const finish = isOurs(context.service) ? counted(metrics, context) : undefined;
    // Refusals that the framework makes itself never reach an interceptor; this signal carries them just before they
    // are sent.
    const adopt = () => {
      const { reason } = context.signal;
      adoptFrameworkError(reason);
      // It comes at the end of every call. A good one has been counted by then, otherwise its client has hung up.
      finish?.(reason instanceof ConnectError ? reasonOf(reason) : "CANCELED", 0);
    };
    if (context.signal.aborted) adopt();
    else context.signal.addEventListener("abort", adopt, { once: true });
    if (!finish) return;
    context.values.set(finishKey, finish);
    try {
      const header = context.requestHeader.get("authorization");
      const caller = await withinDeadline(context.signal, limitMs, () => authenticate(header));
      authorizeMethod(caller, context.method.name as MethodName);
      context.values.set(callerKey, caller);
      requireReadableQuery(context);
    } catch (error) {
      onUnknown(error, context.method.name);
      throw answerFor(error);
    }
  };
}

function counted(metrics: CallMetrics, { method, values }: HandlerContext): Finish {
  const startedAt = values.get(startedAtKey) ?? performance.now();
  let isOver = false;
  return (outcome, verdict) => {
    if (isOver) return;
    isOver = true;
    metrics.record(method.name, outcome, verdict, (performance.now() - startedAt) / 1_000);
  };
}

/** The framework would tell a message in the query that is not base64 as a fault of ours. */
function requireReadableQuery({ requestMethod, url }: HandlerContext): void {
  if (requestMethod !== "GET") return;
  const query = new URL(url).searchParams;
  if (query.get("base64") !== "1") return;
  try {
    base64Decode(query.get("message") ?? "");
  } catch (cause) {
    throw messageUnreadable(cause);
  }
}
