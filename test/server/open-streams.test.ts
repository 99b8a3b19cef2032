/** What whoever reaches the gRPC port can open there without a credential: how many streams, and for how long. */
import { once } from "node:events";
import {
  type ClientHttp2Session,
  type ClientHttp2Stream,
  constants,
  type OutgoingHttpHeaders,
} from "node:http2";
import { text } from "node:stream/consumers";
import { Code } from "@connectrpc/connect";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import type { Door, Handler } from "../../src/server/listen.ts";
import { MAX_OPEN_STREAMS } from "../../src/server/open-streams.ts";
import { scrape } from "../metrics/support/scrape.ts";
import { ask, openSession as connectTo, usualHeaders } from "../rpc/support/unary.ts";
import { headers as headersFrame, reset } from "../support/h2-frames.ts";
import { OPERATOR_TOKEN, startService } from "../support/service.ts";
import { framed } from "../support/wire.ts";
import { openHttp2 } from "./support/doors.ts";
import { FrameClient } from "./support/frame-client.ts";

const { NGHTTP2_CANCEL, NGHTTP2_NO_ERROR } = constants;
/** The most that one connection may have. */
const EACH = 256;
/** Resets on one connection: an HTTP/2 server takes more for an attack. */
const UNSUSPICIOUS = 800;
const WEB = "application/grpc-web+proto";
const SLOW = { timeout: 20_000 };

/** A request without its end. */
function open(session: ClientHttp2Session, headers: OutgoingHttpHeaders): ClientHttp2Stream {
  const stream = session.request({ ":method": "POST", ":path": "/held", ...headers }, { endStream: false });
  return stream.on("error", () => {});
}

/** As many of them as the port takes. */
async function fill(url: string, headers: OutgoingHttpHeaders = {}) {
  const connections = Array.from({ length: MAX_OPEN_STREAMS / EACH }, () => connectTo(url));
  const sessions = await Promise.all(connections);
  return sessions.map((session) => Array.from({ length: EACH }, () => open(session, headers)));
}

const pairsFor = (path: string) => Object.entries({ ...usualHeaders("localhost"), ":path": path });

/** Makes that many, and resets each in the same breath. */
async function resetMany(door: Door, count: number): Promise<void> {
  for (let made = 0; made < count; made += UNSUSPICIOUS) {
    const client = await FrameClient.open(door);
    const ids = Array.from({ length: UNSUSPICIOUS }, (_, i) => 2 * i + 1);
    client.send(...ids.flatMap((id) => [headersFrame(id, pairsFor("/held")), reset(id, NGHTTP2_CANCEL)]));
    await client.settled();
  }
}

const codeOf = (stream: ClientHttp2Stream) =>
  new Promise((resolve) => stream.once("close", () => resolve(stream.rstCode)));

/** Answers everything but what is to be held. */
function holding() {
  let held = 0;
  const handler: Handler = ({ url }, response) => {
    if (url === "/held") held++;
    else response.end("served");
  };
  return { handler, held: () => held };
}

async function isServed(session: ClientHttp2Session): Promise<void> {
  const stream = session.request({ ":path": "/" }).on("error", () => {});
  const [head] = await once(stream, "response");
  expect([head[":status"], await text(stream)]).toEqual([200, "served"]);
}

/** What a request is told for which there is no room. */
const REFUSED = { status: 503, code: NGHTTP2_NO_ERROR };

async function told(stream: ClientHttp2Stream) {
  let status = 0;
  stream.once("response", (head) => {
    status = Number(head[":status"]);
  });
  return { code: await codeOf(stream), status };
}

describe("open streams", { timeout: 120_000 }, () => {
  it("beyond what the port takes are refused and closed at once, and one that ends makes room for the next", async () => {
    const { handler, held } = holding();
    const door = await openHttp2({ handler });
    const [first] = await fill(door.url);
    await vi.waitFor(() => expect(held()).toBe(MAX_OPEN_STREAMS), SLOW);
    const session = await connectTo(door.url);
    for (let i = 0; i < 3; i++) expect(await told(open(session, {}))).toEqual(REFUSED);
    expect(held()).toBe(MAX_OPEN_STREAMS);
    first?.[0]?.close(NGHTTP2_CANCEL);
    await vi.waitFor(() => isServed(session), SLOW);
  });

  it("that are reset as soon as they are made, or cut with their connection, take no place", async () => {
    const { handler, held } = holding();
    const door = await openHttp2({ handler });
    const streams = await fill(door.url);
    await vi.waitFor(() => expect(held()).toBe(MAX_OPEN_STREAMS), SLOW);
    await resetMany(door, 1);
    for (const [stream] of streams) stream?.session?.destroy();
    await vi.waitFor(async () => isServed(await connectTo(door.url)), SLOW);
    await resetMany(door, MAX_OPEN_STREAMS);
    const before = held();
    await fill(door.url);
    await vi.waitFor(() => expect(held() - before).toBe(MAX_OPEN_STREAMS), SLOW);
  });

  it("that were answered are closed soon, whole, where their clients do not end their requests", async () => {
    const door = await openHttp2();
    const stream = open(await connectTo(door.url), {});
    const code = codeOf(stream);
    expect(await text(stream)).toBe("handled");
    expect(await code).toBe(NGHTTP2_NO_ERROR);
  });

  it("that fill the general door keep no known caller from Verify by gRPC, and are told to others", async () => {
    const service = await startService({ KEYFAST_METRICS_PORT: "0" }, "short");
    onTestFinished(() => service.stop());
    const strangers = await fill(service.grpcUrl, { ...usualHeaders("localhost"), "content-type": WEB });
    await vi.waitFor(() => expect(service.generalDoor).toHaveLength(MAX_OPEN_STREAMS), SLOW);
    const session = await connectTo(service.grpcUrl);
    const asking = framed(Buffer.from([0x0a, 1, 0x78]));
    expect(await ask(session, { body: [asking] })).toMatchObject({ verdict: "VERDICT_MALFORMED" });
    // One that takes its time goes to the general door, where there is no room for it.
    const overloaded = { status: 200, grpc: `${Code.Unavailable}`, reason: "OVERLOADED" };
    expect(await ask(session, { body: [asking.subarray(0, 3)], isOpen: true })).toEqual(overloaded);
    expect(await ask(session, { headers: { "content-type": WEB }, body: [asking] })).toEqual(overloaded);
    const listing = service.grpc(OPERATOR_TOKEN).listApiKeys({ projectId: "demo" });
    await expect(listing).rejects.toMatchObject({ code: Code.Unavailable });
    expect((await scrape(service.metricsUrl)).of("keyfast_calls_total")).toMatchObject({
      "method=VerifyApiKey,outcome=OVERLOADED": 2,
      "method=ListApiKeys,outcome=OVERLOADED": 1,
    });
    for (const [stream] of strangers) stream?.session?.destroy();
  });
});
