import { execFileSync } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { expect, it } from "vitest";
import { checkoutThrough, readCheckout } from "../../bench/harness/checkout.ts";

/** A checkout with one commit, in which the files are. */
async function checkoutOf(stack: AsyncDisposableStack, files: readonly string[]) {
  const root = await mkdtemp(join(tmpdir(), "keyfast-checkout-"));
  stack.defer(() => rm(root, { recursive: true }));
  const git = (...args: string[]) => execFileSync("git", args, { cwd: root, stdio: "ignore" });
  const write = async (file: string, text: string) => {
    await mkdir(dirname(join(root, file)), { recursive: true });
    await writeFile(join(root, file), text);
  };
  for (const file of files) await write(file, "as committed");
  git("init");
  git("add", ".");
  git("-c", "user.name=Bench", "-c", "user.email=bench@example.com", "commit", "--message=one");
  return { root, write };
}

it.each([
  ["changed", "src/main.ts"],
  ["changed", "package.json"],
  ["new", "src/more.ts"],
  ["new", "gen/keyfast/v1/more_pb.ts"],
  ["new", "bench/parts/more.ts"],
])("a file that is %s counts as a change: %s", async (_, file) => {
  await using stack = new AsyncDisposableStack();
  const { root, write } = await checkoutOf(stack, ["src/main.ts", "package.json", "gen/a.ts", "bench/a.ts"]);
  expect(readCheckout(root)).toEqual({ commit: expect.stringMatching(/^[0-9a-f]{7,}$/), changed: false });
  await write(file, "something else");
  expect(readCheckout(root).changed).toBe(true);
});

it("documents, results and new files elsewhere are no change", async () => {
  await using stack = new AsyncDisposableStack();
  const { root, write } = await checkoutOf(stack, ["src/main.ts", "README.md", "bench/results/full.json"]);
  const others = [
    "README.md",
    "src/more.md",
    "bench/results/full.json",
    "bench/results/quick.svg",
    "notes.txt",
  ];
  for (const file of others) await write(file, "something else");
  expect(readCheckout(root).changed).toBe(false);
});

it("a folder of which git knows nothing never stands as unchanged", async () => {
  await using stack = new AsyncDisposableStack();
  const root = await mkdtemp(join(tmpdir(), "keyfast-no-checkout-"));
  stack.defer(() => rm(root, { recursive: true }));
  expect(readCheckout(root)).toEqual({ commit: "unknown", changed: true });
});

it("a run is of the commit at its beginning, and changed where anything was at either end", () => {
  const clean = { commit: "a", changed: false };
  expect(checkoutThrough(clean, clean)).toEqual(clean);
  expect(checkoutThrough({ commit: "a", changed: true }, clean)).toEqual({ commit: "a", changed: true });
  expect(checkoutThrough(clean, { commit: "a", changed: true })).toEqual({ commit: "a", changed: true });
  expect(checkoutThrough(clean, { commit: "b", changed: false })).toEqual({ commit: "a", changed: true });
});
