/** How the main process talks to one worker. */
import type { ChildProcess } from "node:child_process";
import type { Family } from "../metrics/families.ts";
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
    const onMessage = (message: FromWorker) => {
      if (message.kind === "failed") reject(new WorkerStartError(message));
      if (message.kind !== "ready") return;
      worker.off("message", onMessage);
      const { kind: _, ...places } = message;
      resolve(places);
    };
    worker.on("message", onMessage);
    // Not "exit": a process that could not even be made has none.
    worker.once("close", (code, by) => {
      const text = `a worker ended with ${code ?? by} before it was ready`;
      // Of two signals at once, this end and one to the main process itself, the kernel may hand over the later one first.
      setImmediate(() =>
        reject(signal.aborted ? signal.reason : new WorkerStartError({ exitCode: 1, text })),
      );
    });
  });
}

let questions = 0;

/** Undefined where it does not answer in `limitMs` milliseconds, or ends. */
export function askForMetrics(worker: ChildProcess, limitMs: number): Promise<readonly Family[] | undefined> {
  const id = questions++;
  return new Promise((resolve) => {
    const finish = (families?: readonly Family[]) => {
      clearTimeout(late);
      worker.off("message", onMessage).off("close", onClose);
      resolve(families);
    };
    const onMessage = (message: FromWorker) => {
      if (message.kind === "metrics" && message.id === id) finish(message.families);
    };
    const onClose = () => finish();
    const late = setTimeout(finish, limitMs);
    worker.on("message", onMessage).once("close", onClose);
    send(worker, { kind: "tell metrics", id });
  });
}
