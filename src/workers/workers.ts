/** All cores: several processes on the same ports, each a replica of its own, and one page of metrics for all. */
import type { App } from "../app.ts";
import type { AppConfig } from "../config.ts";
import type { Logger } from "../log.ts";
import { type Door, requireFree, urlOf } from "../server/listen.ts";
import { listenMetrics } from "../server/metrics.ts";
import { depart } from "../server/shutdown.ts";
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
  const { http, grpc, metrics } = config;
  await requireFree([http, grpc, ...(metrics ? [metrics] : [])]);
  signal.throwIfAborted();
  const team = new Team({ ...config, metrics: undefined }, log, signal);
  process.on("exit", () => team.kill());
  signal.addEventListener("abort", () => void team.stop(), { once: true });
  try {
    const places = await team.startFirst();
    signal.throwIfAborted();
    await Promise.all(Array.from({ length: count - 1 }, (_, i) => team.start(i + 2)));
    signal.throwIfAborted();
    const { collect } = team;
    const onFault = (err: unknown) => log.error({ err }, "a request failed");
    const page = metrics && (await listenMetrics(metrics, { ...config, collect, onFault }));
    const stop = async () => {
      await team.stop();
      if (page) await close(page, config.shutdownTimeoutMs);
    };
    return { ...places, metricsUrl: page && urlOf(page), collect, stop };
  } catch (error) {
    if (signal.aborted) await team.stop();
    else team.kill();
    throw error;
  }
}

const close = (page: Door, limitMs: number) =>
  depart({ doors: [page], stopServing: () => {}, delayMs: 0, limitMs, endCalls: () => {} });
