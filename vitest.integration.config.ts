import { defineConfig } from "vitest/config";

/** One real MongoDB for all, real sockets. */
export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    exclude: ["test/{domain,bench,page}/**", "test/foreign/**", "test/browser/**"],
    globalSetup: ["test/support/global-setup.ts", "test/support/build-console.ts"],
    testTimeout: 60_000,
    hookTimeout: 120_000,
    maxWorkers: 2,
  },
});
