import { once } from "node:events";
import { type ClientHttp2Session, constants, type OutgoingHttpHeaders } from "node:http2";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Request } from "../../src/server/listen.ts";
import { sendBytes, sendHttp2 } from "../support/wire.ts";
import { dial, openHttp2, openSession, parked } from "./support/doors.ts";

/** One request; its status, its body, and the code its stream was closed with. */
async function call(session: ClientHttp2Session, headers: OutgoingHttpHeaders = {}, body?: string) {
  const stream = session.request({ ":path": "/", ...headers }, { endStream: body === undefined });
  stream.on("error", () => {});
  let status = 0;
  let text = "";
  stream.on("response", (head) => {
    status = Number(head[":status"]);
  });
  stream.on("data", (chunk: Buffer) => {
    text += chunk.toString();
  });
  if (body !== undefined) stream.end(body);
  await new Promise((resolve) => stream.once("close", resolve));
  return { status, text, code: stream.rstCode };
}

describe("an authority that cannot be used is refused, and the next request is served", () => {
  const { NGHTTP2_NO_ERROR, NGHTTP2_PROTOCOL_ERROR } = constants;
  const answered = { status: 400, code: NGHTTP2_NO_ERROR };
  /** HTTP/2 itself knows that these are malformed. */
  const reset = { status: 0, code: NGHTTP2_PROTOCOL_ERROR };

  it.each([
    ["[", answered],
    ["[]", answered],
    ["[:::::]", answered],
    ["localhost:65536", answered],
    ["localhost:http", answered],
    ["1.2.3.4.5", answered],
    ["%", answered],
    ["", reset],
    ["user@localhost", reset],
    ["localhost/a", reset],
  ])("'%s'", async (authority, refusal) => {
    const door = await openHttp2();
    const session = await openSession(door);
    expect(await call(session, { ":authority": authority }, "a body")).toMatchObject(refusal);
    expect(await call(session)).toMatchObject({ status: 200, text: "handled" });
    expect(door.faults).toEqual([]);
  });

  it("but a host header alone will do", async () => {
    const door = await openHttp2();
    const session = await openSession(door);
    expect(await call(session, { ":authority": undefined, host: "localhost" })).toMatchObject({
      status: 200,
    });
  });
});

describe("what is not HTTP/2", () => {
  it.each([
    ["garbage", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"],
    ["HTTP/1.1", "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"],
    ["a frame of a wrong size", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\x00\x00\x01\x04\x00\x00\x00\x00\x00\xff"],
    [
      "a header block that cannot be decoded",
      "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\x00\x00\x00\x04\x00\x00\x00\x00\x00\x00\x00\x04\x01\x05\x00\x00\x00\x01\xff\xff\xff\xff",
    ],
  ])("%s ends its connection only", async (_, bytes) => {
    const door = await openHttp2();
    await sendBytes(door.url, Buffer.from(bytes, "latin1"));
    expect((await sendHttp2(door.url, { method: "GET", path: "/" })).status).toBe(200);
    expect(door.faults).toEqual([]);
  });

  it("a connection that is reset in the middle of a frame harms nobody else", async () => {
    const door = await openHttp2();
    const socket = await dial(door);
    socket.write("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\x00\x00");
    socket.resetAndDestroy();
    expect((await sendHttp2(door.url, { method: "GET", path: "/" })).status).toBe(200);
  });
});

describe("limits", () => {
  it("on calls at a time and on headers are told to clients, and push is off", async () => {
    const session = await openSession(await openHttp2());
    expect(session.remoteSettings).toMatchObject({
      maxConcurrentStreams: 256,
      maxHeaderListSize: 32_768,
      enablePush: false,
    });
  });

  it("refuse a request with too many headers, and the connection goes on", async () => {
    const session = await openSession(await openHttp2());
    const many = Object.fromEntries(Array.from({ length: 200 }, (_, i) => [`x-${i}`, "1"]));
    const { status, code } = await call(session, many);
    expect({ status, code }).toEqual({ status: 0, code: constants.NGHTTP2_ENHANCE_YOUR_CALM });
    expect(await call(session)).toMatchObject({ status: 200 });
  });
});

describe("a request that does not come to its end", () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ["setInterval", "clearInterval", "performance"] }));
  afterEach(() => void vi.useRealTimers());

  it("is given up after a minute, and not before; others on the connection go on", async () => {
    const { promise: arrived, resolve: arrive } = Promise.withResolvers<void>();
    const door = await openHttp2({
      handler: (request, response) => {
        if (request.url === "/slow") arrive();
        request.resume().once("end", () => response.end("handled"));
      },
    });
    const session = await openSession(door);
    const stream = session.request({ ":path": "/slow" }, { endStream: false });
    stream.on("error", () => {});
    const closed = new Promise((resolve) => stream.once("close", () => resolve(stream.rstCode)));
    await arrived;
    vi.advanceTimersByTime(59_000);
    expect(await call(session, {}, "a whole body")).toMatchObject({ status: 200 });
    expect(stream.closed).toBe(false);
    vi.advanceTimersByTime(7_000);
    expect(await closed).toBe(constants.NGHTTP2_CANCEL);
    expect(await call(session, {}, "a whole body")).toMatchObject({ status: 200 });
  });
});

describe("a handler", () => {
  it("that throws ends its own request with 500, and the next is served", async () => {
    const door = await openHttp2({
      handler: ({ url }, response) => {
        if (url === "/bad") throw new Error("reason");
        response.end("handled");
      },
    });
    const session = await openSession(door);
    const { status, text } = await call(session, { ":path": "/bad" });
    expect({ status, hasReason: text.includes("reason") }).toEqual({ status: 500, hasReason: false });
    expect(await call(session)).toMatchObject({ status: 200 });
    expect(door.faults).toMatchObject([{ message: "reason" }]);
  });

  it("whose caller resets the stream is told, and the connection goes on", async () => {
    const { promise: arrived, resolve: arrive } = Promise.withResolvers<Request>();
    const door = await openHttp2({
      handler: (request, response) => {
        if (request.url === "/slow") arrive(request);
        else response.end("handled");
      },
    });
    const session = await openSession(door);
    const stream = session.request({ ":path": "/slow" });
    stream.on("error", () => {});
    const closed = once(await arrived, "close");
    stream.close(constants.NGHTTP2_CANCEL);
    await closed;
    expect(await call(session)).toMatchObject({ status: 200 });
  });
});

describe("draining", () => {
  it("sends GOAWAY, lets a call under way end, and takes no new connection", async () => {
    const { handler, arrived } = parked();
    const door = await openHttp2({ handler });
    const session = await openSession(door);
    const answer = call(session);
    const response = await arrived;
    const goaway = once(session, "goaway");
    const drained = door.drain();
    const [code] = await goaway;
    expect(code).toBe(constants.NGHTTP2_NO_ERROR);
    await expect(dial(door)).rejects.toMatchObject({ code: "ECONNREFUSED" });
    response.end("late answer");
    expect(await answer).toMatchObject({ status: 200, text: "late answer" });
    await drained;
  });

  it("closes connections that only wait, also those that never said a word", async () => {
    const door = await openHttp2();
    const session = await openSession(door);
    const silent = await dial(door);
    const closed = Promise.all([once(session, "close"), once(silent.resume(), "close")]);
    await door.drain();
    await closed;
  });

  it("cuts what is left when told to", async () => {
    const { handler, arrived } = parked();
    const door = await openHttp2({ handler });
    const session = await openSession(door);
    const answer = call(session);
    await arrived;
    const drained = door.drain();
    door.destroy();
    await drained;
    expect((await answer).status).toBe(0);
  });
});
