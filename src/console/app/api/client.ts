/** The generated client, as any page would use it: Connect over HTTP, with the session's cookie and our own header. */
import { createClient, type Interceptor } from "@connectrpc/connect";
import { createConnectTransport } from "@connectrpc/connect-web";
import { ApiKeyService } from "../../../../gen/keyfast/v1/api_key_service_pb.ts";
import { CONSOLE_HEADERS } from "./headers.ts";
import { renewSession } from "./session.ts";

/** A little more than what the server gives any call, in milliseconds, so that it is the server that says no. */
const TIMEOUT_MS = 35_000;

const addHeaders: Interceptor = (next) => async (request) => {
  await renewSession();
  for (const [name, value] of Object.entries(CONSOLE_HEADERS)) request.header.set(name, value);
  return next(request);
};

export const client = createClient(
  ApiKeyService,
  createConnectTransport({
    baseUrl: location.origin,
    interceptors: [addHeaders],
    defaultTimeoutMs: TIMEOUT_MS,
    fetch: (input, init) => fetch(input, { ...init, credentials: "same-origin", redirect: "error" }),
  }),
);
