/** What the main process hears of a worker. */
import { fork } from "node:child_process";
import { expect, it } from "vitest";
import { WorkerStartError } from "../../src/startup-fault.ts";
import { untilReady } from "../../src/workers/talk.ts";

it("a worker whose process cannot be made has ended before it was ready", async () => {
  const worker = fork(import.meta.filename, { execPath: "/nowhere/node" });
  worker.on("error", () => {});
  await expect(untilReady(worker, new AbortController().signal)).rejects.toThrow(WorkerStartError);
});
