/** What a newcomer runs, through npm itself. */
import { expect, it } from "vitest";
import { sendHttp } from "../support/wire.ts";
import { run, temporaryFolder, untilReady } from "./support/process.ts";

const TYPES: Readonly<Record<string, string>> = {
  css: "text/css; charset=utf-8",
  js: "text/javascript; charset=utf-8",
  svg: "image/svg+xml",
};

it("npm start serves the console at the address that it prints: page, scripts, style and icon", async () => {
  const folder = await temporaryFolder();
  const started = await untilReady(
    run("npm", ["start"], {
      KEYFAST_DATA_DIR: folder,
      KEYFAST_HTTP_PORT: "0",
      KEYFAST_GRPC_PORT: "0",
      // A shell that becomes the one command that it is given, so that npm hands signals on to the service itself.
      npm_config_script_shell: "bash",
    }),
  );
  const [, address = ""] = /^ *console +(http:\S+)$/m.exec(started.output()) ?? [];
  const get = (path: string) => sendHttp(address, { method: "GET", path });
  const page = await get("/");
  expect([page.status, page.headers["content-type"]]).toEqual([200, "text/html; charset=utf-8"]);
  expect(page.headers["content-security-policy"]).toContain("script-src 'self'; style-src 'self'");

  const paths = [...page.body.toString().matchAll(/(?:src|href)="([^"]+)"/g)].map(([, path = ""]) => path);
  const kinds = new Set(paths.map((path) => path.split(".").at(-1)));
  expect([...kinds].sort()).toEqual(["css", "js", "svg"]);
  for (const path of paths) {
    const { status, headers, body } = await get(path);
    expect([status, headers["content-type"]], path).toEqual([200, TYPES[path.split(".").at(-1) ?? ""]]);
    expect(headers["content-security-policy"], path).toBe(page.headers["content-security-policy"]);
    expect(body.length, path).toBeGreaterThan(100);
  }

  started.child.kill("SIGTERM");
  await started.exited;
  await expect(get("/")).rejects.toThrow("ECONNREFUSED");
});
