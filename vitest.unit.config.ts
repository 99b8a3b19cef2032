import { defineConfig } from "vitest/config";

/** No database, no sockets. */
export default defineConfig({
  test: { include: ["test/{domain,bench,page}/**/*.test.ts"], testTimeout: 60_000 },
});
