/** Whether this replica wants calls, as grpc.health.v1 tells it. */
import { setTimeout as delay } from "node:timers/promises";
import { Code, ConnectError, type ConnectRouter } from "@connectrpc/connect";
import { ErrorInfoSchema } from "../../gen/google/rpc/error_details_pb.ts";
import {
  Health as HealthService,
  HealthCheckResponse_ServingStatus as Status,
} from "../../gen/grpc/health/v1/health_pb.ts";
import { ApiKeyService } from "../../gen/keyfast/v1/api_key_service_pb.ts";
import { ERROR_DOMAIN } from "./errors.ts";

/** How often a watched status is looked at, in milliseconds. */
const WATCH_MS = 1_000;
/** The empty name stands for the server as a whole. */
const SERVICES = ["", ApiKeyService.typeName];

export class Health {
  readonly #ping: () => Promise<void>;
  readonly #stopped = new AbortController();
  #asked: Promise<boolean> | undefined;

  /** `ping` must end in bounded time, and rejects where the database does not answer in it. */
  constructor(ping: () => Promise<void>) {
    this.#ping = ping;
  }

  /** Aborted from when this replica wants no more calls. */
  get stopped(): AbortSignal {
    return this.#stopped.signal;
  }

  stop(): void {
    this.#stopped.abort();
  }

  /** One question to the database serves all who ask meanwhile. */
  async isServing(): Promise<boolean> {
    if (this.stopped.aborted) return false;
    this.#asked ??= this.#ping()
      .then(
        () => true,
        () => false,
      )
      .finally(() => {
        this.#asked = undefined;
      });
    return (await this.#asked) && !this.stopped.aborted;
  }
}

/** The code is what the protocol of health checks wants; a detail of ours keeps it from being told in other words. */
const unknownService = () =>
  new ConnectError("there is no such service", Code.NotFound, undefined, [
    { desc: ErrorInfoSchema, value: { reason: "METHOD_UNKNOWN", domain: ERROR_DOMAIN } },
  ]);

export function serveHealth(router: ConnectRouter, health: Health): void {
  const status = async () => ((await health.isServing()) ? Status.SERVING : Status.NOT_SERVING);
  router.service(HealthService, {
    check: async ({ service }) => {
      if (!SERVICES.includes(service)) throw unknownService();
      return { status: await status() };
    },
    list: async () => {
      const now = await status();
      return { statuses: Object.fromEntries(SERVICES.map((name) => [name, { status: now }])) };
    },
    /** Ends once it has told that the replica stops: an open stream would hold up the shutdown. */
    async *watch({ service }, { signal }) {
      let told: Status | undefined;
      const over = AbortSignal.any([signal, health.stopped]);
      while (!signal.aborted) {
        const isLast = health.stopped.aborted;
        const now = SERVICES.includes(service) ? await status() : Status.SERVICE_UNKNOWN;
        if (now !== told) yield { status: now };
        told = now;
        if (isLast) return;
        // Cut short where it ends: the next turn sees why.
        await delay(WATCH_MS, undefined, { signal: over }).catch(() => {});
      }
    },
  });
}
