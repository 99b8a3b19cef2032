/** A sign-in provider, and the way of a browser to it and back. */
import { expect } from "vitest";
import { startProvider } from "../../support/provider.ts";
import { startService } from "../../support/service.ts";
import type { ConsoleClient } from "./client.ts";

/** A provider, and a service where one signs in by it. When they are stopped, nothing secret may have been logged. */
export async function startWithProvider(ways?: Parameters<typeof startProvider>[0]) {
  const provider = await startProvider(ways);
  const service = await startService(provider.settings);
  const stop = async () => {
    service.secrets.add(...provider.seen.tokens, provider.settings.KEYFAST_OIDC_CLIENT_SECRET);
    await service.stop();
    await provider.stop();
  };
  return { provider, service, stop };
}

export type WithProvider = Awaited<ReturnType<typeof startWithProvider>>;

/** The address that the provider sends the browser back to. */
export async function throughProvider(
  from: ConsoleClient,
  returnTo = "/projects/demo/api-keys",
): Promise<URL> {
  const begun = await from.get(`/console/sign-in?return=${encodeURIComponent(returnTo)}`);
  expect(begun.status).toBe(303);
  const answer = await fetch(begun.headers.location ?? "", { redirect: "manual" });
  return new URL(answer.headers.get("location") ?? "");
}

export const finish = (by: ConsoleClient, back: URL) =>
  by.get(back.pathname + back.search, { "sec-fetch-site": "cross-site" });
