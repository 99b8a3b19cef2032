/** Clients that break off, never read, or meet a shutdown, at both doors; the test holds what Verify waits for. */
import { once } from "node:events";
import { constants } from "node:http2";
import { connect, type Socket } from "node:net";
import { setImmediate } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from "vitest";
import { textDigest } from "../../src/domain/digest.ts";
import { KeyfastError } from "../../src/domain/errors.ts";
import { EVERYWHERE, VALID } from "../../src/domain/verdict.ts";
import { CallMetrics, OUTCOMES } from "../../src/metrics/call-metrics.ts";
import { createAuthenticator } from "../../src/rpc/authenticate.ts";
import { createRpc, shuttingDown } from "../../src/rpc/handler.ts";
import { Health } from "../../src/rpc/health.ts";
import type { Handlers } from "../../src/rpc/service.ts";
import { createVerifyApiKey } from "../../src/rpc/verify-api-key.ts";
import { listenHttp2 } from "../../src/server/http2.ts";
import type { Verification } from "../../src/verify/verifier.ts";
import { data, headers, opening, reset } from "../support/h2-frames.ts";
import { SERVICE_TOKEN } from "../support/service.ts";
import { framed } from "../support/wire.ts";
import { ask, openSession, usualHeaders } from "./support/unary.ts";

const { NGHTTP2_NO_ERROR, NGHTTP2_CANCEL, NGHTTP2_INTERNAL_ERROR } = constants;
const ANSWER: Verification = { verdict: VALID, key: undefined, missing: [] };
/** Of the one field `key`. */
const asking = (key: string) => framed(Buffer.concat([Buffer.from([0x0a, key.length]), Buffer.from(key)]));
const HEADERS = Object.entries(usualHeaders("localhost"));
const OK = { status: 200, grpc: "0", verdict: "VERDICT_VALID" };
const REQUESTED = 256;

/** The gRPC port alone, whose Verify of `held` waits until the test says how it ends. */
async function openPort(door: "short" | "general") {
  const held = Promise.withResolvers<Verification>();
  const asked = Promise.withResolvers<void>();
  const shutdown = new AbortController();
  const faults: unknown[] = [];
  const metrics = new CallMetrics();
  const verify = ({ key }: { key: string }) => {
    if (key !== "held") return ANSWER;
    asked.resolve();
    // Each call has a promise of its own to look after.
    return held.promise.then((answer) => answer);
  };
  const { handler, shortPath } = createRpc({
    handlers: { verifyApiKey: createVerifyApiKey(verify) } as Handlers,
    verify,
    authenticator: createAuthenticator({
      operatorDigests: [],
      services: [{ name: "any", digest: textDigest(SERVICE_TOKEN), pins: EVERYWHERE }],
      findKey: () => undefined,
      checkJwt: undefined,
    }),
    callTimeoutMs: 600_000,
    shutdown: shutdown.signal,
    health: new Health(async () => {}),
    metrics,
    onFault: (error) => void faults.push(error),
  });
  const port = await listenHttp2(
    { host: "127.0.0.1", port: 0 },
    {
      connectionAgeMs: 600_000,
      callTimeoutMs: 600_000,
      handler,
      shortPath: door === "short" ? shortPath : undefined,
      onFault: (error) => void faults.push(error),
    },
  );
  // Once its clients are gone nothing may be left that it would wait for.
  onTestFinished(() => port.drain());
  const url = `http://127.0.0.1:${port.address.port}`;
  return { url, port, held, asked: asked.promise, shutdown, faults, metrics };
}

type Port = Awaited<ReturnType<typeof openPort>>;

async function dial({ port }: Port): Promise<Socket> {
  const socket = connect(port.address.port, port.address.host);
  onTestFinished(() => void socket.destroy());
  socket.on("error", () => {});
  await once(socket, "connect");
  return socket;
}

const serves = async ({ url }: Port) =>
  expect(await ask(await openSession(url), { body: [asking("good")] })).toEqual(OK);

/** How many calls of Verify had each outcome. */
function countsOf({ metrics }: Port): Record<string, number> {
  const counts = metrics.methods.get("VerifyApiKey")?.outcomes ?? new Float64Array();
  return Object.fromEntries(
    OUTCOMES.map((name, i) => [name, counts[i] ?? 0] as const).filter(([, count]) => count > 0),
  );
}

/** What nobody caught: the service would have ended of it. */
let uncaught: unknown[] = [];
const note = (error: unknown) => void uncaught.push(error);
beforeEach(() => {
  uncaught = [];
  process.on("uncaughtException", note).on("unhandledRejection", note);
});
afterEach(() => {
  process.off("uncaughtException", note).off("unhandledRejection", note);
  expect(uncaught).toEqual([]);
});

const WHOLE = asking("good");
const BODIES: readonly [string, readonly Buffer[]][] = [
  ["behind its headers", []],
  ["in the middle of its body", [data(1, WHOLE.subarray(0, 7))]],
  ["behind a whole frame that is not its end", [data(1, WHOLE)]],
  ["behind its end", [data(1, WHOLE, true)]],
  ["behind an end that comes too early", [data(1, WHOLE.subarray(0, 7), true)]],
  ["behind a compressed frame", [data(1, framed(WHOLE, 1))]],
  ["while a miss is looked up", [data(1, asking("held"), true)]],
];
/** After which of them a call is still waited for, or its answer is. */
const UNANSWERED = new Set([
  "behind its headers",
  "in the middle of its body",
  "behind a whole frame that is not its end",
  "while a miss is looked up",
]);
const CODES = Object.entries({ NGHTTP2_NO_ERROR, NGHTTP2_CANCEL, NGHTTP2_INTERNAL_ERROR });

describe.each(["short", "general"] as const)("by the %s door", (door) => {
  describe.each(CODES)("a stream that is reset with %s", (_, code) => {
    it.each(BODIES)("%s is no fault, and the service goes on", async (_, body) => {
      const port = await openPort(door);
      const begin = [opening(), headers(1, HEADERS), ...body];
      const atOnce = await dial(port);
      atOnce.write(Buffer.concat([...begin, reset(1, code)]));
      const later = await dial(port);
      later.write(Buffer.concat(begin));
      // Its settings are answered when what came with them has been read.
      await once(later, "data");
      await serves(port);
      later.write(reset(1, code));
      await serves(port);
      port.held.resolve(ANSWER);
      await serves(port);
      expect(port.faults).toEqual([]);
    });
  });

  it.each([
    ["headers", false],
    ["whole calls", true],
  ])(
    "256 streams of %s that are all reset leave the connection or close it, and others go on",
    async (_, isWhole) => {
      const port = await openPort(door);
      const socket = await dial(port);
      socket.resume();
      for (let round = 0; round < 4; round++) {
        const calls = Array.from({ length: REQUESTED }, (_, i) => {
          const stream = 2 * (round * REQUESTED + i) + 1;
          const body = isWhole ? [data(stream, asking("held"), true)] : [];
          return Buffer.concat([headers(stream, HEADERS), ...body, reset(stream, NGHTTP2_CANCEL)]);
        });
        socket.write(Buffer.concat([...(round === 0 ? [opening()] : []), ...calls]));
        await serves(port);
      }
      expect(port.faults).toEqual([]);
    },
  );

  it("a client that never reads its answer keeps nobody else from theirs", async () => {
    const port = await openPort(door);
    const socket = await dial(port);
    socket.write(Buffer.concat([opening(0), headers(1, HEADERS), data(1, WHOLE, true)]));
    await once(socket, "data");
    await serves(port);
    socket.resetAndDestroy();
    await serves(port);
    expect(port.faults).toEqual([]);
  });

  it.each([
    ["is answered", (port: Port) => port.held.resolve(ANSWER)],
    ["fails", (port: Port) => port.held.reject(new KeyfastError("DATABASE_UNAVAILABLE", "gone"))],
  ])("a connection that is cut during a miss is no fault, whether it %s", async (_, end) => {
    const port = await openPort(door);
    const socket = await dial(port);
    socket.write(Buffer.concat([opening(), headers(1, HEADERS), data(1, asking("held"), true)]));
    await port.asked;
    socket.resetAndDestroy();
    await serves(port);
    end(port);
    await serves(port);
    expect(port.faults).toEqual([]);
  });

  it.each(BODIES.filter(([name]) => UNANSWERED.has(name)))(
    "a stream that is reset %s is counted once, as CANCELED",
    async (_, body) => {
      const port = await openPort(door);
      const socket = await dial(port);
      socket.write(Buffer.concat([opening(), headers(1, HEADERS), ...body]));
      await once(socket, "data");
      await serves(port);
      socket.write(reset(1, NGHTTP2_CANCEL));
      await expect.poll(() => countsOf(port), { timeout: 20_000 }).toEqual({ OK: 1, CANCELED: 1 });
      port.held.resolve(ANSWER);
      await serves(port);
      expect(countsOf(port)).toEqual({ OK: 2, CANCELED: 1 });
    },
  );

  it("a miss that a shutdown does not wait for is told SHUTTING_DOWN, and may fail afterwards", async () => {
    const port = await openPort(door);
    const session = await openSession(port.url);
    const call = ask(session, { body: [asking("held")] });
    await port.asked;
    port.shutdown.abort(shuttingDown());
    const told = { status: 200, grpc: "14", reason: "SHUTTING_DOWN" };
    expect(await call).toEqual(told);
    expect(await ask(session, { body: [asking("held")] })).toEqual(told);
    port.held.reject(new KeyfastError("DATABASE_UNAVAILABLE", "gone"));
    // One turn, in which nobody may be left without a word on it.
    await setImmediate();
    expect(port.faults).toEqual([]);
    expect(countsOf(port)).toEqual({ SHUTTING_DOWN: 2 });
  });

  it("a miss that takes longer than its deadline is DEADLINE_EXCEEDED, and may fail afterwards", async () => {
    const port = await openPort(door);
    const session = await openSession(port.url);
    const call = { headers: { "grpc-timeout": "50m" }, body: [asking("held")] };
    expect(await ask(session, call)).toEqual({ status: 200, grpc: "4", reason: "DEADLINE_EXCEEDED" });
    port.held.reject(new KeyfastError("DATABASE_UNAVAILABLE", "gone"));
    await serves(port);
    expect(countsOf(port)).toEqual({ OK: 1, DEADLINE_EXCEEDED: 1 });
    expect(port.faults).toEqual([]);
  });

  it("a verifier that fails is told as our fault, with nothing of its cause", async () => {
    const port = await openPort(door);
    const session = await openSession(port.url);
    const call = ask(session, { body: [asking("held")] });
    await port.asked;
    port.held.reject(new Error("reason"));
    expect(await call).toEqual({ status: 200, grpc: "13", reason: "INTERNAL" });
    expect(port.faults).toMatchObject([{ message: "reason" }]);
    expect(countsOf(port)).toEqual({ INTERNAL: 1 });
  });
});
