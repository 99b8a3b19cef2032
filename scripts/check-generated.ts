/** Fails where `npm run generate` would change anything that is committed. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const root = new URL("..", import.meta.url).pathname;
const fresh = mkdtempSync(join(tmpdir(), "keyfast-generate-"));

function textsIn(folder: string): Map<string, string> {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) =>
    entry.isFile(),
  );
  return new Map(
    files.map((entry) => {
      const path = join(entry.parentPath, entry.name);
      return [path.slice(folder.length), readFileSync(path, "utf8")];
    }),
  );
}

try {
  const vendored = join(root, "third_party/proto/buf/validate/validate.proto");
  const before = readFileSync(vendored, "utf8");
  execFileSync(process.execPath, [
    join(root, "scripts/print-validate-proto.ts"),
    join(fresh, "validate.proto"),
  ]);
  execFileSync("buf", ["generate", "--output", join(fresh, "out")], { cwd: root, stdio: "inherit" });
  const committed = textsIn(join(root, "gen"));
  const generated = textsIn(join(fresh, "out/gen"));
  const stale = [...new Set([...committed.keys(), ...generated.keys()])].filter(
    (path) => committed.get(path) !== generated.get(path),
  );
  if (readFileSync(join(fresh, "validate.proto"), "utf8") !== before)
    stale.push("third_party validate.proto");
  if (stale.length > 0) {
    console.error(`generated code is not up to date, run npm run generate:\n  ${stale.join("\n  ")}`);
    process.exitCode = 1;
  }
} finally {
  rmSync(fresh, { recursive: true, force: true });
}
