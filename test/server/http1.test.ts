import { once } from "node:events";
import type { ServerResponse } from "node:http";
import { describe, expect, it } from "vitest";
import { sendBytes, sendHttp } from "../support/wire.ts";
import { dial, openHttp, parked, readUntil } from "./support/doors.ts";

const get = (path = "/", headers = "Host: localhost\r\n") => `GET ${path} HTTP/1.1\r\n${headers}\r\n`;

describe("a Host header that cannot be used is answered with 400, and the next request is served", () => {
  it.each([
    ["missing", "GET / HTTP/1.1\r\nConnection: close\r\n\r\n"],
    ["missing in HTTP/1.0", "GET / HTTP/1.0\r\n\r\n"],
    ["empty", get("/", "Host:\r\nConnection: close\r\n")],
    ["an open bracket", get("/", "Host: [\r\nConnection: close\r\n")],
    ["brackets around nothing", get("/", "Host: []\r\nConnection: close\r\n")],
    ["brackets around no address", get("/", "Host: [:::::]\r\nConnection: close\r\n")],
    ["a port beyond all ports", get("/", "Host: localhost:65536\r\nConnection: close\r\n")],
    ["a port that is no number", get("/", "Host: localhost:http\r\nConnection: close\r\n")],
    ["a number with too many parts", get("/", "Host: 1.2.3.4.5\r\nConnection: close\r\n")],
    ["a user", get("/", "Host: user@localhost\r\nConnection: close\r\n")],
    ["a path", get("/", "Host: localhost/path\r\nConnection: close\r\n")],
    ["a space", get("/", "Host: local host\r\nConnection: close\r\n")],
    ["a percent sign", get("/", "Host: %\r\nConnection: close\r\n")],
    ["bytes beyond ASCII", get("/", "Host: \xff\xfe\r\nConnection: close\r\n")],
    ["two of them", get("/", "Host: localhost\r\nHost: other\r\nConnection: close\r\n")],
    ["the same twice", get("/", "Host: localhost\r\nHost: localhost\r\nConnection: close\r\n")],
  ])("%s", async (_, bytes) => {
    const door = await openHttp();
    const answer = (await sendBytes(door.url, Buffer.from(bytes, "latin1"))).toString();
    expect(answer).toMatch(/^HTTP\/1\.1 400 /);
    expect((await sendHttp(door.url, { method: "GET", path: "/" })).body.toString()).toBe("handled");
    expect(door.faults).toEqual([]);
  });
});

describe("a usable Host header is served", () => {
  it.each(["localhost", "LOCALHOST:80", "a-b.c_d.example", "127.0.0.1:8080", "[::1]", "[2001:db8::1]:8080"])(
    "%s",
    async (host) => {
      const door = await openHttp();
      const bytes = get("/", `Host: ${host}\r\nConnection: close\r\n`);
      expect((await sendBytes(door.url, bytes)).toString()).toMatch(/^HTTP\/1\.1 200 /);
    },
  );

  it("HTTP/1.0 with a Host", async () => {
    const door = await openHttp();
    const answer = await sendBytes(door.url, "GET / HTTP/1.0\r\nHost: localhost\r\n\r\n");
    expect(answer.toString()).toMatch(/^HTTP\/1\.1 200 /);
  });
});

describe("what is not HTTP/1.1", () => {
  it.each([
    ["garbage", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", "400"],
    ["the preface of HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "400"],
    ["a header that is too long", get("/", `Host: localhost\r\nX: ${"x".repeat(40_000)}\r\n`), "431"],
  ])("%s is answered with an error, and the next request is served", async (_, bytes, status) => {
    const door = await openHttp();
    const answer = (await sendBytes(door.url, Buffer.from(bytes, "latin1"))).toString();
    expect(answer).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
    expect((await sendHttp(door.url, { method: "GET", path: "/" })).status).toBe(200);
  });
});

describe("a handler that throws", () => {
  it("ends its own request with 500 and no word of the reason, and the next is served", async () => {
    const door = await openHttp({
      handler: ({ url }, response) => {
        if (url === "/bad") throw new Error("reason");
        response.end("handled");
      },
    });
    const answer = await sendHttp(door.url, { method: "GET", path: "/bad" });
    expect(answer.status).toBe(500);
    expect(answer.body.toString()).not.toContain("reason");
    expect((await sendHttp(door.url, { method: "GET", path: "/" })).status).toBe(200);
    expect(door.faults).toMatchObject([{ message: "reason" }]);
  });

  it("after it began to answer, cuts the connection rather than to send half an answer as a whole", async () => {
    const door = await openHttp({
      handler: (_, response) => {
        (response as ServerResponse).write("half");
        throw new Error("reason");
      },
    });
    await expect(sendHttp(door.url, { method: "GET", path: "/" })).rejects.toThrow();
    expect(door.faults).toHaveLength(1);
  });
});

describe("/healthz", () => {
  it("is 200 while the replica serves, and 503 when it does not", async () => {
    let serving = true;
    const door = await openHttp({ isServing: async () => serving });
    const ask = (method: string) => sendHttp(door.url, { method, path: "/healthz" });
    expect(await ask("GET")).toMatchObject({ status: 200, headers: { "cache-control": "no-store" } });
    expect(await ask("HEAD")).toMatchObject({ status: 200, body: Buffer.alloc(0) });
    serving = false;
    expect((await ask("GET")).status).toBe(503);
    expect(await ask("POST")).toMatchObject({ status: 405, headers: { allow: "GET, HEAD" } });
  });
});

describe("draining", () => {
  it("lets a call under way end, closes its connection behind it, and takes no new one", async () => {
    const { handler, arrived } = parked();
    const door = await openHttp({ handler });
    const socket = await dial(door);
    socket.write(get());
    const response = await arrived;
    const drained = door.drain();
    await expect(dial(door)).rejects.toMatchObject({ code: "ECONNREFUSED" });
    response.end("late answer");
    const answer = await readUntil(socket, "late answer");
    expect(answer.toLowerCase()).toContain("connection: close");
    await drained;
  });

  it("closes the connection behind an answer whose head was out already", async () => {
    const { handler, arrived } = parked();
    const door = await openHttp({ handler });
    const socket = await dial(door);
    socket.write(get());
    const response = await arrived;
    response.write("first,");
    await readUntil(socket, "first,");
    const drained = door.drain();
    response.end("last");
    await drained;
  });

  it("closes connections that only wait", async () => {
    const door = await openHttp();
    const socket = await dial(door);
    socket.write(get());
    await readUntil(socket, "handled");
    const closed = once(socket, "close");
    await door.drain();
    await closed;
  });

  it("cuts what is left when told to", async () => {
    const { handler, arrived } = parked();
    const door = await openHttp({ handler });
    const socket = await dial(door);
    socket.write(get());
    await arrived;
    const drained = door.drain();
    door.destroy();
    await drained;
  });
});
