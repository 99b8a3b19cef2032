/**
 * Builds the console's pages into `dist/console`, unless what is there was built from these very sources: then nothing
 * is needed to build with, as in an image that holds no development packages. Where something is, and is missing, that
 * is told, and the service starts all the same: its rpcs need no pages.
 */
import { createHash } from "node:crypto";
import {
  existsSync,
  globSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { basename, join } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import type { Metafile } from "esbuild";

const ROOT = join(import.meta.dirname, "..");
const APP = join(ROOT, "src/console/app");
const OUT = join(ROOT, "dist/console");
const STAMP = "sources.sha256";

/** What the pages are made from: their sources, the generated client, the versions of packages, this script. */
function sourcesDigest(): string {
  const patterns = [
    "src/console/app/**/*.*",
    "src/domain/key-outline.ts",
    "gen/**/*.ts",
    "package-lock.json",
    "scripts/build-console.ts",
  ];
  const hash = createHash("sha256");
  for (const path of globSync(patterns, { cwd: ROOT }).toSorted()) {
    hash
      .update(`${path}\0`)
      .update(readFileSync(join(ROOT, path)))
      .update("\0");
  }
  return hash.digest("hex");
}

const isBuiltFrom = (digest: string) =>
  existsSync(join(OUT, STAMP)) && readFileSync(join(OUT, STAMP), "utf8") === digest;

async function bundle(folder: string): Promise<Metafile> {
  const { build } = await import("esbuild");
  const { metafile } = await build({
    entryPoints: { main: join(APP, "main.tsx"), icon: join(APP, "icon.svg") },
    outdir: join(folder, "assets"),
    absWorkingDir: ROOT,
    entryNames: "[name]-[hash]",
    chunkNames: "[name]-[hash]",
    loader: { ".svg": "copy" },
    bundle: true,
    splitting: true,
    format: "esm",
    target: ["chrome123", "firefox125", "safari17.4"],
    jsx: "automatic",
    jsxImportSource: "preact",
    minify: true,
    legalComments: "linked",
    metafile: true,
    logLevel: "warning",
  });
  return metafile;
}

/** The scripts that the page needs at first: the entry and everything that it imports at once. */
function firstScripts({ outputs }: Metafile): string[] {
  const entry = Object.keys(outputs).find((path) => outputs[path]?.entryPoint?.endsWith("main.tsx"));
  if (entry === undefined) throw new Error("the build has no entry");
  const found = new Set([entry]);
  for (const path of found) {
    for (const { kind, path: imported } of outputs[path]?.imports ?? []) {
      if (kind === "import-statement") found.add(imported);
    }
  }
  return [...found].map((path) => basename(path));
}

function writePage(folder: string, metafile: Metafile): void {
  const [entry, ...chunks] = firstScripts(metafile);
  const names = readdirSync(join(folder, "assets"));
  const named = (pattern: RegExp) => names.find((name) => pattern.test(name)) ?? "";
  const page = readFileSync(join(APP, "index.html"), "utf8")
    .replace("{{script}}", `/assets/${entry}`)
    .replace("{{style}}", `/assets/${named(/^main-.*\.css$/)}`)
    .replace("{{icon}}", `/assets/${named(/^icon-.*\.svg$/)}`)
    .replace(
      "{{preload}}",
      chunks.map((name) => `<link rel="modulepreload" href="/assets/${name}">`).join("\n    "),
    );
  writeFileSync(join(folder, "index.html"), page);
}

function compress(folder: string): void {
  for (const path of globSync("**/*.{js,css,html,svg}", { cwd: folder })) {
    const file = join(folder, path);
    const content = readFileSync(file);
    const quality = { [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY };
    writeFileSync(`${file}.br`, brotliCompressSync(content, { params: quality }));
    writeFileSync(`${file}.gz`, gzipSync(content, { level: 9 }));
  }
}

/** Of two builds at a time one comes first, and the other one finds the same pages in its place. */
function replace(folder: string): void {
  rmSync(OUT, { recursive: true, force: true });
  try {
    renameSync(folder, OUT);
  } catch (error) {
    if (!["ENOTEMPTY", "EEXIST"].includes((error as NodeJS.ErrnoException).code ?? "")) throw error;
  }
}

/** Built beside its place and then moved there, so that a build that fails leaves the one before. */
async function buildConsole(digest: string): Promise<void> {
  const folder = `${OUT}.${process.pid}`;
  try {
    mkdirSync(folder, { recursive: true });
    writePage(folder, await bundle(folder));
    compress(folder);
    writeFileSync(join(folder, STAMP), digest);
    replace(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const digest = sourcesDigest();
if (!isBuiltFrom(digest)) {
  try {
    await buildConsole(digest);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ERR_MODULE_NOT_FOUND") throw error;
    console.error("The console is not built: that needs the development packages. Run: npm ci");
  }
}
