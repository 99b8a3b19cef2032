/** Families as the text that Prometheus reads. */
import { type Metric, Registry } from "prom-client";
import type { Family } from "./families.ts";

export const CONTENT_TYPE = Registry.PROMETHEUS_CONTENT_TYPE;

export function expose(families: readonly Family[]): Promise<string> {
  const registry = new Registry();
  for (const family of families) {
    // To make text it asks nothing more of a metric than its name and `get`; its own metrics cannot be set to values.
    const metric = { name: family.name, get: async () => family };
    registry.registerMetric(metric as unknown as Metric);
  }
  return registry.metrics();
}
