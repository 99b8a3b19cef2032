/** All cores: several processes on the same ports, each a replica of its own. */
import type { App, AppConfig } from "../app.ts";
import type { Logger } from "../log.ts";
import { requireFree } from "../server/listen.ts";
import { Team } from "./team.ts";

/**
 * Resolves when all are ready. Throws ListenError where another program has a port, and WorkerStartError where one of
 * these first ones cannot start; then none is left. Throws the reason of `signal` where that is aborted meanwhile, when all
 * have ended in order.
 */
export async function startWorkers(
  config: AppConfig,
  count: number,
  log: Logger,
  signal: AbortSignal,
): Promise<App> {
  await requireFree([config.http, config.grpc]);
  signal.throwIfAborted();
  const team = new Team(config, log, signal);
  process.on("exit", () => team.kill());
  signal.addEventListener("abort", () => void team.stop(), { once: true });
  try {
    const places = await team.startFirst();
    signal.throwIfAborted();
    await Promise.all(Array.from({ length: count - 1 }, () => team.startAnother()));
    signal.throwIfAborted();
    return { ...places, metricsUrl: undefined, stop: () => team.stop() };
  } catch (error) {
    if (signal.aborted) await team.stop();
    else team.kill();
    throw error;
  }
}
