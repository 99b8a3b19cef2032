/** All cores: several processes on the same ports, each a replica of its own. One that ends by itself is replaced. */
import { type ChildProcess, fork } from "node:child_process";
import { join } from "node:path";
import type { App, AppConfig } from "../app.ts";
import type { Logger } from "../log.ts";
import { requireFree } from "../server/listen.ts";
import { WorkerStartError } from "../startup-fault.ts";
import type { FromWorker, Places, ToWorker } from "./messages.ts";

/** Before a worker is replaced, in milliseconds; doubled for each that did not last, so that faults do not fill a machine. */
const FIRST_PAUSE_MS = 100;
const LAST_PAUSE_MS = 10_000;
/** A worker that lived as long as this, in milliseconds, did last. */
const LASTING_MS = 60_000;
/** What a worker gets to end beyond what its own limits give it, in milliseconds. */
const STOP_MARGIN_MS = 20_000;

const PROGRAM = join(import.meta.dirname, "worker.ts");

/**
 * Resolves when all are ready. Throws ListenError where another program has a port, and WorkerStartError where one of
 * these first ones cannot start; then none is left.
 */
export async function startWorkers(config: AppConfig, count: number, log: Logger): Promise<App> {
  await requireFree([config.http, config.grpc]);
  const team = new Team(config, log);
  process.on("exit", () => team.kill());
  try {
    const places = await team.startFirst();
    await Promise.all(Array.from({ length: count - 1 }, () => team.startAnother()));
    return { ...places, metricsUrl: undefined, stop: () => team.stop() };
  } catch (error) {
    team.kill();
    throw error;
  }
}

const portOf = (url: string) => Number(new URL(url).port);

class Team {
  #config: AppConfig;
  readonly #log: Logger;
  readonly #workers = new Set<ChildProcess>();
  readonly #replacements = new Set<NodeJS.Timeout>();
  #stopped = false;

  constructor(config: AppConfig, log: Logger) {
    this.#config = config;
    this.#log = log;
  }

  /** Finds out which ports the others are to share with it. */
  async startFirst(): Promise<Places> {
    const places = await this.startAnother();
    const { http, grpc } = this.#config;
    this.#config = {
      ...this.#config,
      http: { ...http, port: portOf(places.httpUrl) },
      grpc: { ...grpc, port: portOf(places.grpcUrl) },
    };
    return places;
  }

  async startAnother(): Promise<Places> {
    const worker = this.#fork();
    const places = await untilReady(worker);
    this.#replaceWhenGone(worker, FIRST_PAUSE_MS);
    return places;
  }

  /** Each gives up its place in order; resolves when all have ended. */
  async stop(): Promise<void> {
    this.#stopped = true;
    for (const timer of this.#replacements) clearTimeout(timer);
    const ended = [...this.#workers].map(
      (worker) => new Promise<void>((resolve) => worker.once("exit", () => resolve())),
    );
    for (const worker of this.#workers) send(worker, { kind: "stop" });
    const { shutdownDelayMs, shutdownTimeoutMs } = this.#config;
    const late = setTimeout(() => this.kill(), shutdownDelayMs + shutdownTimeoutMs + STOP_MARGIN_MS);
    await Promise.all(ended);
    clearTimeout(late);
  }

  /** At once. */
  kill(): void {
    this.#stopped = true;
    for (const worker of this.#workers) worker.kill("SIGKILL");
  }

  #fork(): ChildProcess {
    const worker = fork(PROGRAM, { serialization: "advanced" });
    this.#workers.add(worker);
    worker.once("exit", () => this.#workers.delete(worker));
    // A worker that is gone takes no messages; its exit tells.
    worker.on("error", () => {});
    send(worker, { kind: "start", config: this.#config });
    return worker;
  }

  #replaceWhenGone(worker: ChildProcess, pauseMs: number): void {
    const readyAt = performance.now();
    worker.once("exit", (code, signal) => {
      if (this.#stopped) return;
      this.#log.error({ pid: worker.pid, code, signal }, "a worker has ended, and is replaced");
      this.#replaceAfter(performance.now() - readyAt > LASTING_MS ? FIRST_PAUSE_MS : pauseMs);
    });
  }

  #replaceAfter(pauseMs: number): void {
    const timer = setTimeout(() => {
      this.#replacements.delete(timer);
      void this.#replace(pauseMs);
    }, pauseMs);
    this.#replacements.add(timer);
  }

  async #replace(pauseMs: number): Promise<void> {
    if (this.#stopped) return;
    const next = Math.min(pauseMs * 2, LAST_PAUSE_MS);
    const worker = this.#fork();
    try {
      await untilReady(worker);
      this.#log.info({ pid: worker.pid }, "the replacement is ready");
      this.#replaceWhenGone(worker, next);
    } catch (err) {
      if (this.#stopped) return;
      this.#log.error({ err }, "a replacement could not start, and is tried again");
      this.#replaceAfter(next);
    }
  }
}

function send(worker: ChildProcess, message: ToWorker): void {
  if (worker.connected) worker.send(message);
}

/** Rejects with WorkerStartError where it ends before. */
function untilReady(worker: ChildProcess): Promise<Places> {
  return new Promise((resolve, reject) => {
    worker.on("message", (message: FromWorker) => {
      if (message.kind === "failed") return reject(new WorkerStartError(message));
      const { kind: _, ...places } = message;
      resolve(places);
    });
    worker.once("exit", (code, signal) => {
      reject(
        new WorkerStartError({
          exitCode: 1,
          text: `a worker ended with ${code ?? signal} before it was ready`,
        }),
      );
    });
  });
}
