/** What is decided before a message is read: who calls, and whether they may call this method at all. */
import type { HandlerContext } from "@connectrpc/connect";
import { ApiKeyService } from "../../gen/keyfast/v1/api_key_service_pb.ts";
import type { Authenticate } from "./authenticate.ts";
import { authorizeMethod, type MethodName } from "./authorize.ts";
import { callerKey } from "./call.ts";
import { adoptFrameworkError, answerFor } from "./errors.ts";

export function createGate(authenticate: Authenticate, onUnknown: (error: unknown, method: string) => void) {
  return async (context: HandlerContext): Promise<void> => {
    // Refusals that the framework makes itself never reach an interceptor; this signal carries them just before they
    // are sent.
    const adopt = () => adoptFrameworkError(context.signal.reason);
    if (context.signal.aborted) adopt();
    else context.signal.addEventListener("abort", adopt, { once: true });
    if (context.service.typeName !== ApiKeyService.typeName) return;
    try {
      const caller = await authenticate(context.requestHeader.get("authorization"));
      authorizeMethod(caller, context.method.name as MethodName);
      context.values.set(callerKey, caller);
    } catch (error) {
      onUnknown(error, context.method.name);
      throw answerFor(error);
    }
  };
}
