/** What the main process and its workers say to each other. Never through the environment, which others can read. */
import type { App } from "../app.ts";
import type { AppConfig } from "../config.ts";
import type { Family } from "../metrics/families.ts";
import type { StartupFault } from "../startup-fault.ts";

export type ToWorker =
  | { readonly kind: "start"; readonly config: AppConfig }
  /** Answered by "metrics" with the same id. */
  | { readonly kind: "tell metrics"; readonly id: number }
  /** Stop in order, and end. */
  | { readonly kind: "stop" };

export type Places = Pick<App, "httpUrl" | "grpcUrl" | "consoleUrl">;

export type FromWorker =
  | ({ readonly kind: "ready" } & Places)
  | { readonly kind: "metrics"; readonly id: number; readonly families: readonly Family[] }
  /** It cannot start, and ends. */
  | ({ readonly kind: "failed" } & StartupFault);
