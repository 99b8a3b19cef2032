/** The README's table of metrics and its queries, against what the service tells. */
import { afterAll, beforeAll, expect, it } from "vitest";
import { TeamPage } from "../../src/metrics/team-page.ts";
import { scrape } from "../metrics/support/scrape.ts";
import { startService, type TestService } from "../support/service.ts";
import { blocks, code, table } from "./support/readme.ts";

let service: TestService;
let told: Awaited<ReturnType<typeof scrape>>;
beforeAll(async () => {
  service = await startService({ KEYFAST_METRICS_PORT: "0" });
  told = await scrape(service.metricsUrl);
});
afterAll(() => service.stop());

const labelsOf = (name: string) => {
  const samples = told.all.filter((sample) => sample.name === name || sample.name === `${name}_count`);
  return [...new Set(samples.flatMap(({ labels }) => Object.keys(labels)))];
};

it("lists every metric of ours with its type and labels, and no other", () => {
  const rows = table("Metric", "Type", "Labels", "Meaning").map(([name, type, labels, meaning]) => {
    expect(meaning).toMatch(/^\S.*\.$/);
    return [code(name), type, labels === "" ? [] : labels?.split(", ").map(code)];
  });
  const names = [...told.types.keys()].filter((name) => name.startsWith("keyfast_"));
  expect(rows).toEqual(names.map((name) => [name, told.types.get(name), labelsOf(name)]));
});

it("lists the metrics that several workers have beside those", () => {
  const rows = table("Metric of several workers", "Type", "Meaning").map(([name, type, meaning]) => {
    expect(meaning).toMatch(/^\S.*\.$/);
    return [code(name), type];
  });
  expect(rows).toEqual(new TeamPage().of(new Map()).map(({ name, type }) => [name, type]));
});

it("asks in its queries for what is told", () => {
  const queries = blocks("promql").join("");
  const names = new Set(told.all.map(({ name }) => name));
  const asked = [...queries.matchAll(/\b(keyfast_\w+)\{(\w+)=~?"([^"]+)"\}/g)];
  expect(asked).toHaveLength(2);
  for (const [, name = "", label = "", values = ""] of asked) {
    expect(names).toContain(name);
    const known = told.all.filter((sample) => sample.name === name).map(({ labels }) => labels[label]);
    for (const value of values.split("|")) expect(known).toContain(value);
  }
});

it("names metrics of the process that are told", () => {
  for (const name of ["process_cpu_seconds_total", "nodejs_eventloop_lag_p99_seconds"]) {
    expect(told.all.map((sample) => sample.name)).toContain(name);
  }
});
