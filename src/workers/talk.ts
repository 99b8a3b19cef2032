/** How the main process talks to one worker. */
import type { ChildProcess } from "node:child_process";
import { WorkerStartError } from "../startup-fault.ts";
import type { FromWorker, Places, ToWorker } from "./messages.ts";

/** To one that is gone it says nothing. */
export function send(worker: ChildProcess, message: ToWorker): void {
  if (worker.connected) worker.send(message);
}

/**
 * Rejects with WorkerStartError where it ends before. Where `signal` is aborted by then, the worker was asked to end like
 * its main process, and the reason of that is what it rejects with.
 */
export function untilReady(worker: ChildProcess, signal: AbortSignal): Promise<Places> {
  return new Promise((resolve, reject) => {
    worker.on("message", (message: FromWorker) => {
      if (message.kind === "failed") return reject(new WorkerStartError(message));
      const { kind: _, ...places } = message;
      resolve(places);
    });
    worker.once("exit", (code, by) => {
      const text = `a worker ended with ${code ?? by} before it was ready`;
      // Of two signals at once, this end and one to the main process itself, the kernel may hand over the later one first.
      setImmediate(() =>
        reject(signal.aborted ? signal.reason : new WorkerStartError({ exitCode: 1, text })),
      );
    });
  });
}
