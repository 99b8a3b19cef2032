/** What a newcomer runs, through npm itself. */
import { expect, it, onTestFinished } from "vitest";
import { sendHttp } from "../support/wire.ts";
import { familyOf, run, stillRunning, temporaryFolder, untilReady } from "./support/process.ts";

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

it.each<[string, (npm: number) => void]>([
  ["npm alone is asked to, as by a supervisor", (npm) => process.kill(npm, "SIGTERM")],
  ["npm and all that it runs are, as by another", (npm) => process.kill(-npm, "SIGTERM")],
  ["they are from the terminal", (npm) => process.kill(-npm, "SIGINT")],
])("npm start ends in order where %s, and leaves no process", async (_, end) => {
  const folder = await temporaryFolder();
  const settings = { KEYFAST_DATA_DIR: folder, KEYFAST_HTTP_PORT: "0", KEYFAST_GRPC_PORT: "0" };
  const started = await untilReady(run("npm", ["start"], settings, { detached: true }));
  const npm = started.child.pid as number;
  const family = await familyOf(npm);
  onTestFinished(async () => {
    for (const { pid } of await stillRunning(family)) process.kill(pid, "SIGKILL");
  });
  // The service, and the database that it runs.
  expect(family.length).toBeGreaterThanOrEqual(2);
  end(npm);
  expect(await started.exited, started.output()).toEqual({ code: 0, signal: null });
  expect(await stillRunning(family)).toEqual([]);
});
