/** One of several processes on the same ports: a replica of its own. Started by `workers.ts` only. */
import { type App, startApp } from "../app.ts";
import type { AppConfig } from "../config.ts";
import { keepStopsShort } from "../garbage.ts";
import { createLog } from "../log.ts";
import { startupFault } from "../startup-fault.ts";
import type { FromWorker, ToWorker } from "./messages.ts";

let app: Promise<App> | undefined;

/** Ends the process once the message is out. */
function sayAndEnd(message: FromWorker, exitCode: number): void {
  process.send?.(message, undefined, undefined, () => process.exit(exitCode));
}

async function start(config: AppConfig): Promise<void> {
  keepStopsShort();
  try {
    app = startApp(config, createLog(config.logLevel), { sharedPorts: true });
    const { httpUrl, grpcUrl, consoleUrl } = await app;
    process.send?.({ kind: "ready", httpUrl, grpcUrl, consoleUrl } satisfies FromWorker);
  } catch (error) {
    const fault = startupFault(error);
    sayAndEnd({ kind: "failed", ...fault }, fault.exitCode);
  }
}

/** Where it cannot, or is not ready, it says nothing: the main process does not wait for long. */
async function tellMetrics(id: number): Promise<void> {
  try {
    const families = await (await app)?.collect();
    if (families) process.send?.({ kind: "metrics", id, families } satisfies FromWorker);
  } catch (error) {
    process.stderr.write(`keyfast: metrics cannot be collected: ${startupFault(error).text}\n`);
  }
}

let stopping = false;

async function stop(): Promise<void> {
  if (stopping) return;
  stopping = true;
  await (await app?.catch(() => undefined))?.stop();
  process.exit(0);
}

process.on("message", (message: ToWorker) => {
  if (message.kind === "start") void start(message.config);
  else if (message.kind === "tell metrics") void tellMetrics(message.id);
  else void stop();
});
// A terminal sends it to the whole group; the main process says when its workers stop.
process.on("SIGINT", () => {});
process.on("SIGTERM", () => void stop());
process.on("disconnect", () => void stop());
// The runtime would print such an error as it is, with whatever is in it.
process.on("uncaughtException", (error) => {
  const { exitCode, text } = startupFault(error);
  process.stderr.write(`keyfast: ${text}\n`);
  process.exit(exitCode);
});
