/** The port for Prometheus. */
import { expect, it, onTestFinished } from "vitest";
import { startService } from "../support/service.ts";
import { scrape, statusOf } from "./support/scrape.ts";

async function start(overrides: Record<string, string>) {
  const service = await startService(overrides);
  onTestFinished(() => service.stop());
  return service;
}

it("is not there unless it is asked for, and no other port shows metrics", async () => {
  const { metricsUrl, httpUrl } = await start({});
  expect(metricsUrl).toBeUndefined();
  expect(await statusOf(httpUrl, "GET", "/metrics")).toBe(404);
});

it("answers GET /metrics in Prometheus's text format, and no other request", async () => {
  const { metricsUrl = "", httpUrl } = await start({ KEYFAST_METRICS_PORT: "0" });
  const { status, headers, all, types } = await scrape(metricsUrl);
  expect(status).toBe(200);
  expect(headers["content-type"]).toMatch(/^text\/plain; version=0\.0\.4/);
  expect(headers["cache-control"]).toBe("no-store");
  expect(types.get("keyfast_call_duration_seconds")).toBe("histogram");
  expect(all.find(({ name }) => name === "process_resident_memory_bytes")?.value).toBeGreaterThan(1e6);
  for (const path of ["/", "/healthz", "/metrics/", "/metrics?a=b", "/console/session"]) {
    expect([path, await statusOf(metricsUrl, "GET", path)]).toEqual([path, 404]);
  }
  for (const method of ["POST", "HEAD", "PUT", "OPTIONS"]) {
    expect([method, await statusOf(metricsUrl, method, "/metrics")]).toEqual([method, 405]);
  }
  expect(await statusOf(httpUrl, "GET", "/metrics")).toBe(404);
});

it("that another program has is told as such", async () => {
  const { metricsUrl = "" } = await start({ KEYFAST_METRICS_PORT: "0" });
  const { port } = new URL(metricsUrl);
  await expect(startService({ KEYFAST_METRICS_PORT: port })).rejects.toThrow(
    `port ${port} of 127.0.0.1 cannot be opened: another program has it`,
  );
});
