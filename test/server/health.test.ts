import { createClient } from "@connectrpc/connect";
import { createGrpcTransport } from "@connectrpc/connect-node";
import { afterEach, describe, expect, it } from "vitest";
import {
  Health as HealthService,
  HealthCheckResponse_ServingStatus as Status,
} from "../../gen/grpc/health/v1/health_pb.ts";
import { callGrpcJs, grpcJsClient } from "../support/grpc-js.ts";
import { startService, type TestService } from "../support/service.ts";

const OURS = "keyfast.v1.ApiKeyService";

let service: TestService | undefined;
afterEach(async () => {
  await service?.stop();
  service = undefined;
});

async function start(settings?: Record<string, string>): Promise<TestService> {
  service = await startService(settings);
  return service;
}

const clientOf = ({ grpcUrl }: TestService) =>
  createClient(HealthService, createGrpcTransport({ baseUrl: grpcUrl }));

describe("health", () => {
  it.each(["", OURS])("of '%s' is SERVING while the database answers, without a credential", async (name) => {
    expect(await clientOf(await start()).check({ service: name })).toMatchObject({ status: Status.SERVING });
  });

  it("of a service that there is not is NOT_FOUND to Check and SERVICE_UNKNOWN to Watch", async () => {
    const client = clientOf(await start());
    await expect(client.check({ service: "nobody" })).rejects.toMatchObject({ code: 5 });
    for await (const { status } of client.watch({ service: "nobody" })) {
      expect(status).toBe(Status.SERVICE_UNKNOWN);
      break;
    }
  });

  it("is listed for all services at once", async () => {
    const { statuses } = await clientOf(await start()).list({});
    expect(statuses).toMatchObject({ "": { status: Status.SERVING }, [OURS]: { status: Status.SERVING } });
  });

  it("is told to grpc-js", async () => {
    const client = grpcJsClient(HealthService, (await start()).grpcUrl);
    const answer = await callGrpcJs(client, HealthService.method.check, { service: OURS });
    client.close();
    expect(answer.status).toBe(Status.SERVING);
  });

  it("becomes NOT_SERVING before the doors close, and a watcher learns it and does not hold up the stop", async () => {
    const running = await start({
      KEYFAST_SHUTDOWN_DELAY_MS: "300",
      KEYFAST_SHUTDOWN_TIMEOUT_MS: "600000",
    });
    service = undefined;
    const client = clientOf(running);
    const seen: Status[] = [];
    let checked: Promise<Status> | undefined;
    let stopped: Promise<void> | undefined;
    for await (const { status } of client.watch({ service: OURS })) {
      seen.push(status);
      if (status === Status.SERVING) stopped = running.stop();
      else checked = client.check({ service: OURS }).then((answer) => answer.status);
    }
    expect(seen).toEqual([Status.SERVING, Status.NOT_SERVING]);
    expect(await checked).toBe(Status.NOT_SERVING);
    await stopped;
  });
});
