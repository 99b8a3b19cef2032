/** grpc.health.v1: whether this replica serves. */
import { Code, ConnectError, type ConnectRouter } from "@connectrpc/connect";
import { Health, HealthCheckResponse_ServingStatus as Status } from "../../gen/grpc/health/v1/health_pb.ts";
import { ApiKeyService } from "../../gen/keyfast/v1/api_key_service_pb.ts";

/** How often a watched status is looked at, in milliseconds. */
const WATCH_MS = 1_000;
const SERVICES = new Set(["", ApiKeyService.typeName]);

/** `isServing` must answer in bounded time. */
export function serveHealth(router: ConnectRouter, isServing: () => Promise<boolean>): void {
  const status = async () => ((await isServing()) ? Status.SERVING : Status.NOT_SERVING);
  router.service(Health, {
    check: async ({ service }) => {
      if (!SERVICES.has(service)) throw new ConnectError("unknown service", Code.NotFound);
      return { status: await status() };
    },
    async *watch({ service }, { signal }) {
      let last: Status | undefined;
      while (!signal.aborted) {
        const now = SERVICES.has(service) ? await status() : Status.SERVICE_UNKNOWN;
        if (now !== last) yield { status: now };
        last = now;
        await pause(WATCH_MS, signal);
      }
    },
  });
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener("abort", done, { once: true });
  });
}
