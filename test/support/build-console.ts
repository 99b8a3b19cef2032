/** The console's pages, as `npm start` builds them. */
import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";

export default function buildConsole(): void {
  const script = fileURLToPath(new URL("../../scripts/build-console.ts", import.meta.url));
  execFileSync(process.execPath, [script], { stdio: "inherit" });
}
