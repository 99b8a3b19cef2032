import { defineConfig } from "vitest/config";

/** No database, no sockets. */
export default defineConfig({
  test: { include: ["test/{domain,bench}/**/*.test.ts"], testTimeout: 60_000 },
});
