/** Sign-ins by OpenID Connect that are under way in several tabs of one browser at once. */
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { ConsoleClient } from "./support/client.ts";
import { finish, startWithProvider, throughProvider, type WithProvider } from "./support/provider-sign-in.ts";

let provider: WithProvider["provider"];
let service: WithProvider["service"];
let stop: WithProvider["stop"];
let client: ConsoleClient;

beforeAll(async () => {
  ({ provider, service, stop } = await startWithProvider());
});
afterAll(() => stop());
beforeEach(() => {
  provider.setPerson({ sub: "ada", projects: ["demo"] });
  client = new ConsoleClient(service.httpUrl, { host: "localhost:8080" });
});

const goal = (number: number) => `/projects/demo/api-keys?n=${number}`;
const beginAt = async (returnTos: readonly string[]) => {
  const backs: URL[] = [];
  for (const returnTo of returnTos) backs.push(await throughProvider(client, returnTo));
  return backs;
};
const attempts = () => [...client.cookies].filter(([name]) => name.includes("sign_in"));
const end = async (back: URL) => (await finish(client, back)).headers.location;

it("each leads to where it was begun, whichever ends first", async () => {
  const [first, second, third] = (await beginAt([1, 2, 3].map(goal))) as [URL, URL, URL];
  expect(await end(second)).toBe(goal(2));
  expect(await end(first)).toBe(goal(1));
  expect(await end(third)).toBe(goal(3));
  expect(attempts()).toEqual([]);
});

it("one that ends with a state that nobody knows leaves the others as they are", async () => {
  const [back] = (await beginAt([goal(1)])) as [URL];
  const unknown = new URL(back);
  unknown.searchParams.set("state", "x".repeat(43));
  const before = service.logged.length;
  const answer = await finish(client, unknown);
  expect([answer.headers.location, answer.setCookies]).toEqual(["/?sign-in=stale", []]);
  expect(service.logged.slice(before).filter((line) => JSON.parse(line).level >= 40)).toEqual([]);
  expect(await end(back)).toBe(goal(1));
});

it("the last four count", async () => {
  const [oldest, ...last] = (await beginAt([1, 2, 3, 4, 5].map(goal))) as [URL, ...URL[]];
  expect(attempts()).toHaveLength(4);
  expect(await end(oldest)).toBe("/?sign-in=stale");
  for (const [index, back] of last.entries()) expect(await end(back)).toBe(goal(index + 2));
});

it("fewer count where they are long, and the headers stay within what is taken", async () => {
  const long = `/projects/demo/api-keys?q=${"x".repeat(1_900)}`;
  const backs = (await beginAt([long, goal(2), long, long])) as URL[];
  const length = attempts().reduce((sum, [name, value]) => sum + name.length + value.length, 0);
  expect(length).toBeLessThan(5_000);
  expect(await end(backs.at(-1) as URL)).toBe(long);
});
