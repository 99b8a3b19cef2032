import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { Link, type SourceOf } from "./link.ts";

/** A server that repeats what it hears, behind a link; `heard` tells what arrived there. */
async function echoBehindLink(sourceOf?: SourceOf) {
  const heard: string[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("data", (bytes) => {
      heard.push(bytes.toString());
      socket.write(bytes);
    });
    socket.on("error", () => {});
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const link = await Link.open((server.address() as AddressInfo).port, sourceOf);
  onTestFinished(async () => {
    await link.close();
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return { link, heard, server };
}

async function connected(link: Link): Promise<Socket> {
  const socket = connect(link.port, "127.0.0.1");
  socket.on("error", () => {});
  await once(socket, "connect");
  onTestFinished(() => void socket.destroy());
  return socket;
}

/** Unlike `once`, content with a close after an error. */
const closed = (socket: Socket) => new Promise<void>((resolve) => socket.once("close", () => resolve()));

async function ask(socket: Socket, text: string): Promise<string> {
  socket.write(text);
  return String((await once(socket, "data"))[0]);
}

/** What arrives while another connection, which is not hurt, answers twice. */
async function arrivesMeanwhile(socket: Socket, other: Socket): Promise<string[]> {
  const arrived: string[] = [];
  const note = (bytes: Buffer) => void arrived.push(String(bytes));
  socket.on("data", note);
  await ask(other, "first");
  await ask(other, "second");
  socket.off("data", note);
  return arrived;
}

const byFirstWord: SourceOf = (first) => first.toString().split(" ")[0] ?? "";

describe("a link", () => {
  it("leads there and back", async () => {
    const { link } = await echoBehindLink();
    const socket = await connected(link);
    expect(await ask(socket, "one")).toBe("one");
    expect(await ask(socket, "two")).toBe("two");
  });

  it("passes on that a side has closed", async () => {
    const { link } = await echoBehindLink();
    const socket = await connected(link);
    await ask(socket, "one");
    socket.end();
    await closed(socket);
  });

  it("resets what is connected, and what connects, while it is cut", async () => {
    const { link } = await echoBehindLink();
    const before = await connected(link);
    await ask(before, "one");
    const heal = link.hurt({ kind: "cut" });
    await closed(before);
    const during = await connected(link);
    during.write("two");
    await closed(during);
    heal("is lost");
    expect(await ask(await connected(link), "three")).toBe("three");
  });

  it("holds everything back while it is stalled, and delivers it late", async () => {
    const { link, heard } = await echoBehindLink(byFirstWord);
    const [socket, other] = [await connected(link), await connected(link)];
    await ask(socket, "hurt one");
    const heal = link.hurt({ kind: "stalled" }, "hurt");
    socket.write("hurt two");
    expect(await arrivesMeanwhile(socket, other)).toEqual([]);
    expect(heard).not.toContain("hurt two");
    const late = once(socket, "data");
    heal("arrives");
    expect(String((await late)[0])).toBe("hurt two");
  });

  it("delivers what is sent but no answer while it is deaf, and can lose the answer for good", async () => {
    const { link, heard } = await echoBehindLink(byFirstWord);
    const [socket, other] = [await connected(link), await connected(link)];
    await ask(socket, "hurt one");
    const heal = link.hurt({ kind: "deaf" }, "hurt");
    socket.write("hurt two");
    expect(await arrivesMeanwhile(socket, other)).toEqual([]);
    expect(heard).toContain("hurt two");
    const gone = closed(socket);
    heal("is lost");
    await gone;
  });

  it("delivers late and in order while it is slow", async () => {
    const { link, heard } = await echoBehindLink(byFirstWord);
    const [socket, other] = [await connected(link), await connected(link)];
    await ask(socket, "hurt");
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] });
    onTestFinished(() => void vi.useRealTimers());
    link.hurt({ kind: "slow", delayMs: 1000 }, "hurt");
    socket.write("a");
    expect(await arrivesMeanwhile(socket, other)).toEqual([]);
    socket.write("b");
    expect(await arrivesMeanwhile(socket, other)).toEqual([]);
    expect(heard.join()).not.toMatch(/a|b/);
    let text = "";
    socket.on("data", (bytes) => {
      text += bytes;
    });
    while (text.length < 2) {
      vi.advanceTimersByTime(1000);
      await ask(other, "tick");
    }
    expect(text).toBe("ab");
  });

  it("shows the worst of several hurts until the last is healed", async () => {
    const { link } = await echoBehindLink();
    const healSlow = link.hurt({ kind: "slow", delayMs: 1 });
    const healCut = link.hurt({ kind: "cut" });
    healSlow("arrives");
    const during = await connected(link);
    during.write("one");
    await closed(during);
    healCut("arrives");
    expect(await ask(await connected(link), "two")).toBe("two");
  });

  it("closes the connection of who connects while nobody listens behind it", async () => {
    const { link, server } = await echoBehindLink();
    server.close();
    const socket = await connected(link);
    socket.write("anybody");
    await closed(socket);
  });
});
