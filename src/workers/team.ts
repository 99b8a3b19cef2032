/** The workers of one main process. One that ends by itself is replaced. */
import { type ChildProcess, fork } from "node:child_process";
import { join } from "node:path";
import type { AppConfig } from "../config.ts";
import type { Logger } from "../log.ts";
import type { Collect } from "../metrics/families.ts";
import { TeamPage } from "../metrics/team-page.ts";
import type { Places } from "./messages.ts";
import { Pauses } from "./pauses.ts";
import { askForMetrics, send, untilReady } from "./talk.ts";

/** What a worker gets to end beyond what its own limits give it, in milliseconds. */
const STOP_MARGIN_MS = 20_000;

/** What a worker gets to tell its metrics, in milliseconds: much less than Prometheus waits for a page. */
const METRICS_MS = 1_000;

const PROGRAM = join(import.meta.dirname, "worker.ts");

const portOf = (url: string) => Number(new URL(url).port);

export class Team {
  #config: AppConfig;
  readonly #log: Logger;
  readonly #signal: AbortSignal;
  readonly #workers = new Set<ChildProcess>();
  /** Those that serve, by their numbers from 1 on: one that is replaced gives its number to the next. */
  readonly #serving = new Map<number, ChildProcess>();
  readonly #page = new TeamPage();
  #collecting: ReturnType<Collect> | undefined;
  readonly #replacements = new Set<NodeJS.Timeout>();
  #stopped: Promise<void> | undefined;

  /** `signal`: aborted when the main process is asked to end; workers may have been asked as well. */
  constructor(config: AppConfig, log: Logger, signal: AbortSignal) {
    this.#config = config;
    this.#log = log;
    this.#signal = signal;
  }

  /** Finds out which ports the others are to share with it. */
  async startFirst(): Promise<Places> {
    const places = await this.start(1);
    const { http, grpc } = this.#config;
    this.#config = {
      ...this.#config,
      http: { ...http, port: portOf(places.httpUrl) },
      grpc: { ...grpc, port: portOf(places.grpcUrl) },
    };
    return places;
  }

  /** `number`: one that no other worker has. */
  async start(number: number): Promise<Places> {
    const worker = this.#fork();
    const places = await untilReady(worker, this.#signal);
    this.#serve(number, worker, new Pauses());
    return places;
  }

  /** The metrics of all; one question to them serves all who ask meanwhile. */
  readonly collect: Collect = () => {
    this.#collecting ??= this.#collect().finally(() => {
      this.#collecting = undefined;
    });
    return this.#collecting;
  };

  /** Each gives up its place in order; resolves when all have ended. */
  stop(): Promise<void> {
    this.#stopped ??= this.#stop();
    return this.#stopped;
  }

  /** At once. */
  kill(): void {
    this.#stopped ??= Promise.resolve();
    for (const worker of this.#workers) worker.kill("SIGKILL");
  }

  async #collect(): ReturnType<Collect> {
    const ask = async ([number, worker]: [number, ChildProcess]) => {
      const families = await askForMetrics(worker, METRICS_MS);
      if (families) this.#page.note(number, families);
      return [number, families] as const;
    };
    return this.#page.of(new Map(await Promise.all([...this.#serving].map(ask))));
  }

  async #stop(): Promise<void> {
    for (const timer of this.#replacements) clearTimeout(timer);
    const ended = [...this.#workers].map(
      (worker) => new Promise<void>((resolve) => worker.once("close", () => resolve())),
    );
    for (const worker of this.#workers) send(worker, { kind: "stop" });
    const { shutdownDelayMs, shutdownTimeoutMs } = this.#config;
    const late = setTimeout(() => this.kill(), shutdownDelayMs + shutdownTimeoutMs + STOP_MARGIN_MS);
    await Promise.all(ended);
    clearTimeout(late);
  }

  #fork(): ChildProcess {
    const worker = fork(PROGRAM, { serialization: "advanced" });
    this.#workers.add(worker);
    worker.once("close", () => this.#workers.delete(worker));
    // A worker that is gone takes no messages; its exit tells.
    worker.on("error", () => {});
    send(worker, { kind: "start", config: this.#config });
    return worker;
  }

  #serve(number: number, worker: ChildProcess, pauses: Pauses): void {
    const readyAt = performance.now();
    this.#serving.set(number, worker);
    worker.once("close", (code, signal) => {
      this.#serving.delete(number);
      this.#page.ended(number);
      if (this.#stopped) return;
      const pauseMs = pauses.after(performance.now() - readyAt);
      this.#log.error({ pid: worker.pid, code, signal, pauseMs }, "a worker has ended, and is replaced");
      this.#replaceAfter(pauseMs, number, pauses);
    });
  }

  #replaceAfter(pauseMs: number, number: number, pauses: Pauses): void {
    const timer = setTimeout(() => {
      this.#replacements.delete(timer);
      void this.#replace(number, pauses);
    }, pauseMs);
    this.#replacements.add(timer);
  }

  async #replace(number: number, pauses: Pauses): Promise<void> {
    if (this.#stopped) return;
    try {
      const worker = this.#fork();
      await untilReady(worker, this.#signal);
      this.#log.info({ pid: worker.pid }, "the replacement is ready");
      this.#serve(number, worker, pauses);
    } catch (err) {
      if (this.#stopped) return;
      const pauseMs = pauses.after(0);
      this.#log.error({ err, pauseMs }, "a replacement could not start, and is tried again");
      this.#replaceAfter(pauseMs, number, pauses);
    }
  }
}
