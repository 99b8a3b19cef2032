/** Connections are retired by age, and no call is lost by it. */
import { once } from "node:events";
import { Agent } from "node:http";
import { createClient } from "@connectrpc/connect";
import { createConnectTransport, createGrpcTransport } from "@connectrpc/connect-node";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ApiKeyService } from "../../gen/keyfast/v1/api_key_service_pb.ts";
import { callGrpcJs, grpcJsClient } from "../support/grpc-js.ts";
import { bearer, SERVICE_TOKEN, startService, type TestService } from "../support/service.ts";
import { dial, openHttp, openHttp2, openSession, parked } from "./support/doors.ts";

it("an HTTP/2 connection is asked to leave, and the call under way ends well", async () => {
  const { handler, arrived } = parked();
  const door = await openHttp2({ handler, connectionAgeMs: 200 });
  const session = await openSession(door);
  const leaving = once(session, "goaway");
  const stream = session.request({ ":path": "/" });
  let text = "";
  stream.on("data", (chunk: Buffer) => {
    text += chunk.toString();
  });
  const response = await arrived;
  // The next call after its time is what it is asked at.
  const more = setInterval(() => session.request({ ":path": "/" }).on("error", () => {}), 20);
  const [code] = await leaving;
  clearInterval(more);
  response.end("served");
  await once(stream, "close");
  expect({ code, text, rst: stream.rstCode }).toEqual({ code: 0, text: "served", rst: 0 });
});

it("an HTTP/1.1 connection is closed behind the first answer after its time", async () => {
  const door = await openHttp({ connectionAgeMs: 200 });
  const socket = await dial(door);
  let received = "";
  socket.on("data", (chunk) => {
    received += chunk.toString();
  });
  const closed = once(socket, "close");
  const again = setInterval(() => socket.write("GET / HTTP/1.1\r\nhost: localhost\r\n\r\n"), 20);
  await closed;
  clearInterval(again);
  expect(received).toMatch(/connection: keep-alive/i);
  expect(received).toMatch(/connection: close/i);
});

describe("clients that call without pause", () => {
  let service: TestService;
  beforeAll(async () => {
    service = await startService({ KEYFAST_CONNECTION_AGE_MS: "1000" });
  });
  afterAll(() => service.stop());
  const until = () => performance.now() + 3_500;

  it("notice nothing: connect-node", async () => {
    const interceptors = [bearer(SERVICE_TOKEN)];
    const agent = new Agent({ keepAlive: true, maxSockets: 4 });
    const transports = [
      createGrpcTransport({ baseUrl: service.grpcUrl, interceptors }),
      createConnectTransport({ baseUrl: service.grpcUrl, httpVersion: "2", interceptors }),
      createConnectTransport({
        baseUrl: service.httpUrl,
        httpVersion: "1.1",
        interceptors,
        nodeOptions: { agent },
      }),
    ];
    await Promise.all(
      transports.map(async (transport) => {
        const client = createClient(ApiKeyService, transport);
        for (const end = until(); performance.now() < end; ) {
          expect((await client.verifyApiKey({ key: "none" })).verdict).toBe(2);
        }
      }),
    );
    agent.destroy();
  });

  it("notice nothing: grpc-js, many calls at a time", async () => {
    const client = grpcJsClient(ApiKeyService, service.grpcUrl);
    const lane = async () => {
      for (const end = until(); performance.now() < end; ) {
        const options = { token: SERVICE_TOKEN };
        await callGrpcJs(client, ApiKeyService.method.verifyApiKey, { key: "none" }, options);
      }
    };
    await Promise.all(Array.from({ length: 16 }, lane));
    client.close();
  });
});
