/** What is the same around every handler: the deadline, the order of checks, and how faults are answered. */
import type { Interceptor, UnaryResponse } from "@connectrpc/connect";
import { KeyfastError } from "../domain/errors.ts";
import { callerKey, finishKey, isOurs } from "./call.ts";
import { checkMessage } from "./check.ts";
import { withinDeadline } from "./deadline.ts";
import { answerFor } from "./errors.ts";
import type { RequestValidator } from "./validate.ts";

const verdictOf = (message: object) =>
  "verdict" in message && typeof message.verdict === "number" ? message.verdict : 0;

/** Answers every fault with a status and an ErrorInfo; what was not foreseen is reported with its cause. Counts successes. */
export function faultInterceptor(onUnknown: (error: unknown, method: string) => void): Interceptor {
  return (next) => async (request) => {
    try {
      const answer = await next(request);
      if (!answer.stream) request.contextValues.get(finishKey)("OK", verdictOf(answer.message));
      return answer;
    } catch (error) {
      if (!isOurs(request.service)) throw error;
      onUnknown(error, request.method.name);
      throw answerFor(error);
    }
  };
}

/**
 * Answers when the caller's deadline or the server's own limit (in milliseconds) has passed, whatever the handler is
 * doing: the framework itself would wait for it.
 */
export function deadlineInterceptor(limitMs: number): Interceptor {
  return (next) => async (request) => {
    if (request.stream || !isOurs(request.service)) return await next(request);
    return await withinDeadline(request.signal, limitMs, () => next(request) as Promise<UnaryResponse>);
  };
}

/** What was read is checked before the handler gets it. */
export function checkInterceptor(validator: RequestValidator): Interceptor {
  return (next) => async (request) => {
    if (!request.stream && isOurs(request.service)) {
      const caller = request.contextValues.get(callerKey);
      if (!caller) throw new KeyfastError("CREDENTIAL_MISSING", "a credential is needed");
      checkMessage(validator, caller, request.method.input, request.message);
    }
    return await next(request);
  };
}
