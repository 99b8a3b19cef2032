/** As Prometheus asks. */
import { sendHttp } from "../../support/wire.ts";
import { samplesIn } from "./samples.ts";

const ask = (url: string, method = "GET", path = "/metrics") =>
  sendHttp(url, { method, path, headers: { host: "localhost" } });

export async function scrape(metricsUrl: string | undefined) {
  if (metricsUrl === undefined) throw new Error("there is no port for metrics");
  const { status, headers, body } = await ask(metricsUrl);
  const text = body.toString();
  return { status, headers, text, ...samplesIn(text) };
}

export const statusOf = async (url: string, method: string, path: string) =>
  (await ask(url, method, path)).status;
