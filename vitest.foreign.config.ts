import { defineConfig } from "vitest/config";

/** Clients that come as packages of the operating system. */
export default defineConfig({
  test: {
    include: ["test/foreign/**/*.test.ts"],
    globalSetup: ["test/support/global-setup.ts"],
    testTimeout: 60_000,
    hookTimeout: 120_000,
  },
});
