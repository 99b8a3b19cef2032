import { createServer } from "node:net";
import { describe, expect, it, onTestFinished } from "vitest";
import { listenHttp2 } from "../../src/server/http2.ts";
import type { Door } from "../../src/server/listen.ts";
import { ListenError } from "../../src/server/listen.ts";
import { depart } from "../../src/server/shutdown.ts";
import { sendHttp } from "../support/wire.ts";
import { openHttp, openHttp2, parked } from "./support/doors.ts";
import { FrameClient, GET } from "./support/frame-client.ts";

/** A departure that writes down what happens. */
function departure(doors: readonly Door[], limitMs: number, endCalls = () => {}) {
  const events: string[] = [];
  const noted = doors.map(({ address, drain, destroy }) => ({
    address,
    drain: () => {
      events.push("drain");
      return drain();
    },
    destroy: () => {
      events.push("destroy");
      destroy();
    },
  }));
  const done = depart({
    doors: noted,
    stopServing: () => void events.push("stop serving"),
    delayMs: 1,
    limitMs,
    endCalls: () => {
      events.push("end calls");
      endCalls();
    },
  }).then(() => events.push("done"));
  return { events, done };
}

describe("leaving", () => {
  it("says so first, then closes both doors, and is done when no call is left", async () => {
    const doors = [await openHttp(), await openHttp2()];
    const { events, done } = departure(doors, 600_000);
    expect(events).toEqual(["stop serving"]);
    await done;
    expect(events).toEqual(["stop serving", "drain", "drain", "done"]);
  });

  it("waits for a call that ends in time, which gets its answer", async () => {
    const { handler, arrived } = parked();
    const door = await openHttp({ handler });
    const answer = sendHttp(door.url, { method: "GET", path: "/" });
    const response = await arrived;
    const { events, done } = departure([door], 600_000);
    response.end("late answer");
    expect((await answer).body.toString()).toBe("late answer");
    await done;
    expect(events).toEqual(["stop serving", "drain", "done"]);
  });

  it("ends calls after the limit, and lets out what they answer to that", async () => {
    const { handler, arrived } = parked();
    const door = await openHttp({ handler });
    const answer = sendHttp(door.url, { method: "GET", path: "/" });
    const response = await arrived;
    const { events, done } = departure([door], 1, () => void setImmediate(() => response.end("ended")));
    expect((await answer).body.toString()).toBe("ended");
    await done;
    expect(events).toEqual(["stop serving", "drain", "end calls", "done"]);
  });

  it("cuts the connections of calls that do not end at all", async () => {
    const { handler, arrived } = parked();
    const door = await openHttp({ handler });
    const answer = sendHttp(door.url, { method: "GET", path: "/" });
    await arrived;
    const { events, done } = departure([door], 1);
    await expect(answer).rejects.toMatchObject({ code: "ECONNRESET" });
    await done;
    expect(events).toEqual(["stop serving", "drain", "end calls", "destroy", "done"]);
  });

  it("cuts the connections of clients that never close theirs", async () => {
    const { handler, arrived } = parked();
    const door = await openHttp2({ handler });
    const client = await FrameClient.open(door);
    client.send(GET);
    await arrived;
    const { events, done } = departure([door], 1);
    await done;
    await client.ended();
    expect(events).toEqual(["stop serving", "drain", "end calls", "destroy", "done"]);
  });
});

describe("a port that cannot be opened", () => {
  const options = { connectionAgeMs: 600_000, callTimeoutMs: 30_000, handler: () => {}, onFault: () => {} };

  it("because another program has it is named", async () => {
    const other = createServer().listen(0, "127.0.0.1");
    await new Promise((resolve) => other.once("listening", resolve));
    onTestFinished(() => void other.close());
    const { port } = other.address() as { port: number };
    const opening = listenHttp2({ host: "127.0.0.1", port }, options);
    await expect(opening).rejects.toThrow(ListenError);
    await expect(opening).rejects.toThrow(
      `port ${port} of 127.0.0.1 cannot be opened: another program has it`,
    );
  });

  it("because the address is not of this machine is named", async () => {
    // 192.0.2.0/24 is set aside for documentation: no machine has it.
    const opening = listenHttp2({ host: "192.0.2.1", port: 0 }, options);
    await expect(opening).rejects.toThrow("this machine has no such address");
  });
});
