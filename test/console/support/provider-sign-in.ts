/** The way of a browser to the provider and back. */
import { expect } from "vitest";
import type { ConsoleClient } from "./client.ts";

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
