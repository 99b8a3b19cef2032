/** The pages as files over HTTP. */
import { readFileSync } from "node:fs";
import { brotliDecompressSync, gunzipSync } from "node:zlib";
import { afterAll, beforeAll, expect, it } from "vitest";
import { Assets } from "../../src/console/assets.ts";
import { startService, type TestService } from "../support/service.ts";
import { sendHttp } from "../support/wire.ts";
import { ConsoleClient } from "./support/client.ts";

const MAX_FIRST_SCRIPT_BYTES = 100_000;
let service: TestService;
let client: ConsoleClient;

beforeAll(async () => {
  service = await startService();
  client = new ConsoleClient(service.httpUrl);
});
afterAll(() => service.stop());

/** What the page asks for at once. */
async function firstFiles(pattern: RegExp): Promise<string[]> {
  const { text } = await client.get("/");
  return [...text.matchAll(pattern)].map(([, path = ""]) => path);
}

const raw = (path: string, encoding: string) =>
  sendHttp(service.httpUrl, { method: "GET", path, headers: { "accept-encoding": encoding } });

it("every address inside the console is the one page", async () => {
  const { text } = await client.get("/");
  expect(text).toContain("<title>API keys · Keyfast</title>");
  for (const path of ["/?q=a", "/projects/demo/api-keys", "/projects/a.b_c-d/api-keys?q=x&page=t&n=2"]) {
    expect((await client.get(path)).text, path).toBe(text);
  }
  for (const path of ["/projects/-/api-keys", "/projects/-", "/nothing", "/assets/../package.json"]) {
    expect((await client.get(path)).status, path).toBe(404);
  }
});

it.each([
  ["/projects/demo", "/projects/demo/api-keys"],
  ["/projects/demo/", "/projects/demo/api-keys"],
  ["/projects/a.b_c-d/api-keys/", "/projects/a.b_c-d/api-keys"],
  ["/projects/demo/api-keys/?q=caf%C3%A9&n=2", "/projects/demo/api-keys?q=caf%C3%A9&n=2"],
  ["/projects/demo?q=<b>", "/projects/demo/api-keys"],
  ["/projects", "/"],
  ["/projects/", "/"],
  ["/console", "/"],
  ["/console/?q=a", "/?q=a"],
])("an address near a page leads to it: %s to %s", async (path, page) => {
  for (const method of ["GET", "HEAD"]) {
    const { status, headers, text } = await client.send(method, path);
    expect([status, headers.location, text]).toEqual([303, page, ""]);
  }
  expect((await client.get(page)).status).toBe(200);
  expect((await client.send("POST", path)).status).toBe(405);
});

it.each([
  "//evil.example/projects/demo",
  "/projects//evil.example",
  "/projects/-/",
  "/projects/..%2f..",
  "/projects/a%0d%0ab",
  `/projects/${"a".repeat(65)}`,
  "/projects/demo/other",
  "/projects/demo/api-keys//",
  "/console//evil.example",
])("and nothing else leads anywhere: %s", async (path) => {
  const { status, headers } = await client.get(path);
  expect([status, headers.location]).toEqual([404, undefined]);
});

it("comes with a policy that allows our own files and nothing else, and without inline code", async () => {
  const { text, headers } = await client.get("/");
  expect(String(headers["content-security-policy"]).split("; ").sort()).toEqual([
    "base-uri 'none'",
    "connect-src 'self'",
    "default-src 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "img-src 'self'",
    "require-trusted-types-for 'script'",
    "script-src 'self'",
    "style-src 'self'",
    "trusted-types 'none'",
  ]);
  expect(headers).toMatchObject({
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "cross-origin-opener-policy": "same-origin",
  });
  expect(text).not.toMatch(/<style|<script(?![^>]* src=)|\son\w+=|\sstyle=|javascript:/i);
  for (const [, address] of text.matchAll(/(?:src|href)="([^"]+)"/g)) expect(address).toMatch(/^\/assets\//);
});

it("needs less than 100 KB of compressed script for its first paint", async () => {
  const scripts = await firstFiles(/(?:src|href)="(\/assets\/[^"]+\.js)"/g);
  expect(scripts.length).toBeGreaterThan(0);
  const sizes = await Promise.all(scripts.map(async (path) => (await raw(path, "gzip")).body.length));
  expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(MAX_FIRST_SCRIPT_BYTES);
});

it("files are named by their content and kept for good; the page is asked for anew", async () => {
  for (const path of await firstFiles(/(?:src|href)="([^"]+)"/g)) {
    const { status, headers } = await client.get(path);
    expect(status, path).toBe(200);
    expect(headers["cache-control"], path).toBe("public, max-age=31536000, immutable");
  }
  const { headers } = await client.get("/");
  expect(headers["cache-control"]).toBe("no-cache");
  const again = await client.get("/", { "if-none-match": headers.etag ?? "" });
  expect([again.status, again.text]).toEqual([304, ""]);
});

it("is sent packed as the browser takes it, and is the same", async () => {
  const [script = ""] = await firstFiles(/src="([^"]+)"/g);
  const plain = await raw(script, "identity");
  expect(plain.headers["content-encoding"]).toBeUndefined();
  const brotli = await raw(script, "gzip, br");
  expect(brotli.headers["content-encoding"]).toBe("br");
  expect(brotliDecompressSync(brotli.body).equals(plain.body)).toBe(true);
  const gzip = await raw(script, "gzip, br;q=0");
  expect(gzip.headers["content-encoding"]).toBe("gzip");
  expect(gunzipSync(gzip.body).equals(plain.body)).toBe(true);
});

it("is built by what a newcomer runs", () => {
  const { scripts } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8"));
  expect(scripts.prestart).toBe(scripts["build:console"]);
});

it("is only read", async () => {
  const head = await client.send("HEAD", "/");
  expect([head.status, head.text]).toEqual([200, ""]);
  for (const path of ["/", "/console/session"]) {
    const { status, headers } = await client.send("PUT", path, { headers: { "x-keyfast-console": "1" } });
    expect([status, typeof headers.allow], path).toEqual([405, "string"]);
  }
});

it("says how it is built where it is not", () => {
  expect(new Assets("/nowhere").at("/")).toBe("not built");
  expect(new Assets("/nowhere").at("/assets/main.js")).toBeUndefined();
});
