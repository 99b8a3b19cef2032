/** The port for Prometheus: one page, and nothing else. */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Address } from "../config.ts";
import { CONTENT_TYPE, expose } from "../metrics/exposition.ts";
import type { Collect } from "../metrics/families.ts";
import { listenHttp } from "./http1.ts";
import { answerText, type ConnectionTimes, type Door } from "./listen.ts";

export interface MetricsOptions extends ConnectionTimes {
  readonly collect: Collect;
  /** Told what cannot be collected, and why. */
  readonly onFault: (error: unknown) => void;
}

/** Throws ListenError. */
export function listenMetrics(address: Address, options: MetricsOptions): Promise<Door> {
  const { connectionAgeMs, callTimeoutMs, onFault } = options;
  const handler = (request: IncomingMessage, response: ServerResponse) => {
    void answer(request, response, options);
  };
  return listenHttp(address, { corsOrigins: [], connectionAgeMs, callTimeoutMs, handler, onFault });
}

async function answer(
  { url, method }: IncomingMessage,
  response: ServerResponse,
  { collect, onFault }: MetricsOptions,
): Promise<void> {
  if (url !== "/metrics") return answerText(response, 404, "there is no such page");
  if (method !== "GET") return answerText(response, 405, "only GET is allowed here", { allow: "GET" });
  try {
    const text = await expose(await collect());
    response.writeHead(200, { "content-type": CONTENT_TYPE, "cache-control": "no-store" }).end(text);
  } catch (error) {
    onFault(error);
    answerText(response, 500, "internal error");
  }
}
