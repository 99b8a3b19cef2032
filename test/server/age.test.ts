/** Connections are retired by age, and no call is lost by it. */
import { once } from "node:events";
import { Agent } from "node:http";
import { text } from "node:stream/consumers";
import { createClient, type Transport } from "@connectrpc/connect";
import { createConnectTransport, createGrpcTransport } from "@connectrpc/connect-node";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, onTestFinished, vi } from "vitest";
import { Verdict } from "../../gen/keyfast/v1/api_key_pb.ts";
import { ApiKeyService } from "../../gen/keyfast/v1/api_key_service_pb.ts";
import { IDLE_MS, longestCallMs } from "../../src/server/listen.ts";
import { callGrpcJs, grpcJsClient } from "../support/grpc-js.ts";
import { GOAWAY, goaway, HEADERS } from "../support/h2-frames.ts";
import { openRelay } from "../support/relay.ts";
import { bearer, SERVICE_TOKEN, startService, type TestService } from "../support/service.ts";
import { CALL_MS, dial, openHttp, openHttp2, openSession, parked, readUntil } from "./support/doors.ts";
import { FrameClient, GET } from "./support/frame-client.ts";

/** As it is injected below: in the middle of its spread. */
const AGE_MS = 60_000;
/** What a connection without calls is given beyond that, and then its client to see the notice. */
const PATIENCE_MS = AGE_MS / 10;
const NOTICE_MS = 2_000;
const LONGEST_CALL_MS = longestCallMs({ connectionAgeMs: AGE_MS, callTimeoutMs: CALL_MS });
const NEVER_OLD_MS = 1e9;
/** In the notice, for all that a client has made or will have made. */
const ANY_STREAM = 0x7fffffff;

/** The doors' time is the test's; the network takes the time that it takes. */
function holdTime(): void {
  beforeEach(() => {
    vi.useFakeTimers({
      toFake: ["setTimeout", "clearTimeout", "setInterval", "clearInterval", "performance"],
    });
    vi.spyOn(Math, "random").mockReturnValue(0.5);
  });
  afterEach(() => {
    vi.useRealTimers();
    vi.restoreAllMocks();
  });
}

const advance = (ms: number) => void vi.advanceTimersByTime(ms);

describe("a connection that has grown old", () => {
  holdTime();

  it("is asked to close at its next call, by HTTP/2, and what is under way ends well", async () => {
    const { handler, arrived } = parked();
    const door = await openHttp2({ handler, connectionAgeMs: AGE_MS });
    const session = await openSession(door);
    const leaving = once(session, "goaway");
    const stream = session.request({ ":path": "/" });
    const response = await arrived;
    advance(AGE_MS);
    session.request({ ":path": "/" }).on("error", () => {});
    expect((await leaving).slice(0, 2)).toEqual([0, ANY_STREAM]);
    advance(NOTICE_MS + LONGEST_CALL_MS - 1);
    response.end("served");
    expect({ text: await text(stream), rst: stream.rstCode }).toEqual({ text: "served", rst: 0 });
  });

  it("is closed behind its next answer, by HTTP/1.1", async () => {
    const door = await openHttp({ connectionAgeMs: AGE_MS });
    const socket = await dial(door);
    const ask = () => {
      socket.write("GET / HTTP/1.1\r\nhost: localhost\r\n\r\n");
      return readUntil(socket, "handled");
    };
    advance(AGE_MS - 1);
    expect(await ask()).toMatch(/connection: keep-alive/i);
    advance(1);
    expect(await ask()).toMatch(/connection: close/i);
    expect(await readUntil(socket, "anything more")).toBe("");
  });

  it("is asked a tenth later where no call comes, and closed on both sides", async () => {
    const door = await openHttp2({ connectionAgeMs: AGE_MS });
    const client = await FrameClient.open(door);
    advance(AGE_MS + PATIENCE_MS - 1);
    expect(await client.settled()).not.toContain(GOAWAY);
    advance(1);
    expect(await client.lastStream()).toBe(ANY_STREAM);
    advance(NOTICE_MS);
    expect(await client.lastStream()).toBe(0);
    await client.ended();
    // The client keeps its own side open for ever.
    advance(LONGEST_CALL_MS);
    await door.drain();
  });

  it("is cut under a client that never reads, once the longest call is over, and not before", async () => {
    const door = await openHttp2({ connectionAgeMs: AGE_MS });
    const client = await FrameClient.open(door, 0);
    client.send(GET);
    await client.next(HEADERS);
    advance(AGE_MS + PATIENCE_MS);
    expect(await client.lastStream()).toBe(ANY_STREAM);
    advance(NOTICE_MS);
    expect(await client.lastStream()).toBe(1);
    advance(LONGEST_CALL_MS - 1);
    await client.settled();
    advance(1);
    await client.ended();
    await door.drain();
  });

  it("is cut as well under one that says itself that it leaves, and stays", async () => {
    const door = await openHttp2({ connectionAgeMs: AGE_MS });
    const client = await FrameClient.open(door, 0);
    client.send(GET, goaway());
    expect(await client.lastStream()).toBe(1);
    advance(AGE_MS + PATIENCE_MS + NOTICE_MS + LONGEST_CALL_MS - 1);
    await client.settled();
    advance(1);
    await client.ended();
    await door.drain();
  });

  it("is cut under an answer without end, once the longest call is over, and not before", async () => {
    const { handler, arrived } = parked();
    const door = await openHttp2({ handler, connectionAgeMs: AGE_MS });
    const session = await openSession(door);
    const leaving = once(session, "goaway");
    const stream = session.request({ ":path": "/" });
    const closed = new Promise((resolve) => stream.on("error", () => {}).once("close", resolve));
    const response = await arrived;
    const goesOn = async () => {
      const arrives = once(stream, "data");
      response.write("more");
      expect(String((await arrives)[0])).toBe("more");
    };
    await goesOn();
    advance(AGE_MS + PATIENCE_MS);
    await leaving;
    await goesOn();
    advance(NOTICE_MS + LONGEST_CALL_MS - 1);
    await goesOn();
    advance(1);
    await closed;
    await door.drain();
  });
});

describe("a connection that stands still", () => {
  holdTime();

  it("is asked to close, by HTTP/2, and one on which anything moves is not", async () => {
    const door = await openHttp2({ connectionAgeMs: NEVER_OLD_MS });
    const [still, moving] = [await FrameClient.open(door), await FrameClient.open(door)];
    await still.settled();
    for (let half = 0; half < 3; half++) {
      expect(await moving.settled()).not.toContain(GOAWAY);
      advance(IDLE_MS / 2);
    }
    expect(await still.lastStream()).toBe(0);
    expect(await moving.settled()).not.toContain(GOAWAY);
  });

  it("is left alone until then", async () => {
    const door = await openHttp2({ connectionAgeMs: NEVER_OLD_MS });
    const client = await FrameClient.open(door);
    await client.settled();
    advance(IDLE_MS - 1);
    expect(await client.settled()).not.toContain(GOAWAY);
  });

  it("is cut, by HTTP/1.1, under a client that never reads its answer", async () => {
    const { handler, arrived } = parked();
    const door = await openHttp({ handler, connectionAgeMs: NEVER_OLD_MS });
    const socket = await dial(door);
    socket.on("error", () => {});
    socket.write("GET / HTTP/1.1\r\nhost: localhost\r\n\r\n");
    const response = await arrived;
    const gone = once(response, "close");
    // More than the system takes for a client that does not read.
    response.end(Buffer.alloc(1 << 26));
    advance(2 * IDLE_MS);
    await gone;
    expect(response.writableFinished).toBe(false);
  });
});

describe("clients that call without pause, while their connections are retired", () => {
  let service: TestService;
  beforeAll(async () => {
    service = await startService({ KEYFAST_CONNECTION_AGE_MS: "1000" });
  });
  afterAll(() => service.stop());
  const CONNECTIONS = 3;

  const interceptors = [bearer(SERVICE_TOKEN)];
  const ofConnect: [string, "grpcUrl" | "httpUrl", (baseUrl: string) => Transport][] = [
    ["gRPC", "grpcUrl", (baseUrl) => createGrpcTransport({ baseUrl, interceptors })],
    [
      "Connect by HTTP/2",
      "grpcUrl",
      (baseUrl) => createConnectTransport({ baseUrl, httpVersion: "2", interceptors }),
    ],
    [
      "Connect by HTTP/1.1",
      "httpUrl",
      (baseUrl) => {
        const agent = new Agent({ keepAlive: true, maxSockets: 1 });
        onTestFinished(() => agent.destroy());
        return createConnectTransport({ baseUrl, httpVersion: "1.1", interceptors, nodeOptions: { agent } });
      },
    ],
  ];

  it.each(ofConnect)("notice nothing: connect-node, %s", async (_, door, transport) => {
    const relay = await openRelay(service[door]);
    const client = createClient(ApiKeyService, transport(relay.url));
    while (relay.connections() < CONNECTIONS) {
      expect((await client.verifyApiKey({ key: "none" })).verdict).toBe(Verdict.MALFORMED);
    }
  });

  it("notice nothing: grpc-js, many calls at a time", async () => {
    const relay = await openRelay(service.grpcUrl);
    const client = grpcJsClient(ApiKeyService, relay.url);
    onTestFinished(() => client.close());
    const { verifyApiKey } = ApiKeyService.method;
    const lane = async () => {
      while (relay.connections() < CONNECTIONS) {
        const { verdict } = await callGrpcJs(client, verifyApiKey, { key: "none" }, { token: SERVICE_TOKEN });
        expect(verdict).toBe(Verdict.MALFORMED);
      }
    };
    await Promise.all(Array.from({ length: 16 }, lane));
  });
});
