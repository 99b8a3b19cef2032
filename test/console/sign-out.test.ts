/** Signing out of a session by OpenID Connect: the provider is asked to take back what the session could be renewed with. */
import { expect, it, onTestFinished } from "vitest";
import type { TestService } from "../support/service.ts";
import { ConsoleClient } from "./support/client.ts";
import { finish, startWithProvider, throughProvider } from "./support/provider-sign-in.ts";

const ERROR_LEVEL = 50;

/** Somebody who has signed in; their credential has to be renewed after `lifetimeS` seconds, less half a minute. */
async function signedIn({ canRevoke = true, lifetimeS = 300 } = {}) {
  const { provider, service, stop } = await startWithProvider({ canRevoke });
  onTestFinished(stop);
  provider.setLifetime(lifetimeS);
  const client = new ConsoleClient(service.httpUrl);
  await finish(client, await throughProvider(client));
  expect((await client.list("demo")).status).toBe(200);
  return { provider, service, client };
}

async function signOut(client: ConsoleClient): Promise<void> {
  const { status, json } = await client.session("DELETE");
  expect([status, json()]).toEqual([200, expect.objectContaining({ signedIn: false, hasEnded: false })]);
  expect([...client.cookies.keys()], "cookies that stay").toEqual([]);
}

const faultsOf = ({ logged }: TestService) => logged.filter((line) => JSON.parse(line).level >= ERROR_LEVEL);

it("no copy of the cookie is renewed any more: the provider takes the refresh token back", async () => {
  const { provider, service, client } = await signedIn({ lifetimeS: 29 });
  const copy = new ConsoleClient(service.httpUrl);
  for (const [name, value] of client.cookies) copy.cookies.set(name, value);
  const [refreshToken] = provider.seen.tokens;
  await signOut(client);
  expect(provider.seen.revoked).toEqual([refreshToken]);
  expect((await copy.session()).json()).toMatchObject({ signedIn: false, hasEnded: true });
  expect(faultsOf(service)).toEqual([]);
});

it("does not wait for a provider that keeps silent", async () => {
  const { provider, service, client } = await signedIn();
  const silence = Promise.withResolvers<void>();
  provider.setRevocation(silence.promise);
  await signOut(client);
  expect(provider.seen.revoked).toHaveLength(1);
  // Nor until it is given up: that would be a fault.
  expect(faultsOf(service)).toEqual([]);
  silence.resolve();
});

it("is done where the provider fails, which is logged", async () => {
  const { provider, service, client } = await signedIn();
  provider.setBroken(true);
  await signOut(client);
  expect(faultsOf(service).join("\n")).toMatch(/ProviderFaultError/);
});

it("is no fault where the provider takes no tokens back", async () => {
  const { service, client } = await signedIn({ canRevoke: false });
  await signOut(client);
  expect(faultsOf(service)).toEqual([]);
});

it("leaves a token alone that was pasted: it is its owner's", async () => {
  const { provider, client } = await signedIn();
  await client.signIn("demo", await provider.person("ada", ["demo"]));
  await signOut(client);
  expect(provider.seen.revoked).toEqual([]);
});
