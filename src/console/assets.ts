/** The built pages, read once and served from memory. */
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import type { IncomingMessage, ServerResponse } from "node:http";
import { extname, join } from "node:path";
import { isPage } from "./addresses.ts";

interface Asset {
  readonly type: string;
  /** Named by its content: what was fetched once never changes. */
  readonly isHashed: boolean;
  readonly etag: string;
  readonly plain: Buffer;
  readonly brotli: Buffer | undefined;
  readonly gzip: Buffer | undefined;
}

const TYPES: Readonly<Record<string, string>> = {
  ".css": "text/css; charset=utf-8",
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".svg": "image/svg+xml",
  ".txt": "text/plain; charset=utf-8",
};

const PAGE = "index.html";

export class Assets {
  readonly #files: ReadonlyMap<string, Asset>;

  /** `folder` is what the build wrote; where there is none, the pages say how to make it. */
  constructor(folder: string) {
    this.#files = readAssets(folder);
  }

  /** The file that a path stands for. Every address inside the console is the one page. */
  at(path: string): Asset | "not built" | undefined {
    if (!isPage(path)) return this.#files.get(path.slice(1));
    return this.#files.get(PAGE) ?? "not built";
  }
}

function readAssets(folder: string): Map<string, Asset> {
  const names = listFolder(folder).filter((name) => TYPES[extname(name)] !== undefined);
  return new Map(names.map((name) => [name, readAsset(folder, name)]));
}

function listFolder(folder: string): string[] {
  try {
    return readdirSync(folder, { recursive: true, encoding: "utf8" }).map((name) =>
      name.replaceAll("\\", "/"),
    );
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  }
}

function readAsset(folder: string, name: string): Asset {
  const plain = readFileSync(join(folder, name));
  return {
    type: TYPES[extname(name)] ?? "",
    isHashed: name.startsWith("assets/"),
    etag: `"${createHash("sha256").update(plain).digest("base64url").slice(0, 22)}"`,
    plain,
    brotli: readIfThere(join(folder, `${name}.br`)),
    gzip: readIfThere(join(folder, `${name}.gz`)),
  };
}

function readIfThere(path: string): Buffer | undefined {
  try {
    return readFileSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

export function sendAsset(request: IncomingMessage, response: ServerResponse, asset: Asset): void {
  const { encoding, body } = chooseBody(asset, request.headers["accept-encoding"] ?? "");
  response.setHeader("content-type", asset.type);
  response.setHeader("cache-control", asset.isHashed ? "public, max-age=31536000, immutable" : "no-cache");
  response.setHeader("vary", "accept-encoding");
  response.setHeader("etag", asset.etag);
  if (request.headers["if-none-match"] === asset.etag) return void response.writeHead(304).end();
  if (encoding) response.setHeader("content-encoding", encoding);
  response.setHeader("content-length", body.length);
  response.writeHead(200).end(request.method === "HEAD" ? undefined : body);
}

function chooseBody({ plain, brotli, gzip }: Asset, accepted: string): { encoding?: string; body: Buffer } {
  const accepts = (name: string) =>
    new RegExp(`\\b${name}\\b(?!\\s*;\\s*q=0(?:\\.0*)?\\s*(?:,|$))`).test(accepted);
  if (brotli && accepts("br")) return { encoding: "br", body: brotli };
  if (gzip && accepts("gzip")) return { encoding: "gzip", body: gzip };
  return { body: plain };
}
