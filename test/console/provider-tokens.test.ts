/** Which of the provider's tokens a session is made from, where both are made out for the client. */
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { ConsoleClient } from "./support/client.ts";
import { finish, startWithProvider, throughProvider, type WithProvider } from "./support/provider-sign-in.ts";

let provider: WithProvider["provider"];
let service: WithProvider["service"];
let stop: WithProvider["stop"];
let client: ConsoleClient;

beforeAll(async () => {
  ({ provider, service, stop } = await startWithProvider({ projectsIn: "id_token" }));
});
afterAll(() => stop());
beforeEach(() => {
  client = new ConsoleClient(service.httpUrl);
});

const signIn = async () => finish(client, await throughProvider(client));

it("it is the one that names projects, though the other is good too", async () => {
  await signIn();
  expect((await client.session()).json()).toMatchObject({ signedIn: true, projects: ["demo"] });
  expect((await client.list("demo")).status).toBe(200);
});

it("it is the one of the same kind each time that the session is renewed", async () => {
  provider.setLifetime(29);
  await signIn();
  const before = provider.seen.refreshes;
  provider.setLifetime(300);
  for (let times = 0; times < 2; times++) {
    expect((await client.session()).json()).toMatchObject({ signedIn: true, projects: ["demo"] });
    expect((await client.list("demo")).status).toBe(200);
  }
  expect(provider.seen.refreshes - before).toBe(1);
});

it("it is the first where neither names any, and the person is told so", async () => {
  provider.setPerson({ sub: "eve", projects: [], email: "eve@example.com" });
  await signIn();
  const expected = { signedIn: true, projects: [], label: "eve@example.com" };
  expect((await client.session()).json()).toMatchObject(expected);
});
