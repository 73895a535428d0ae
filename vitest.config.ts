import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["src/**/*.test.ts", "test/**/*.test.ts"],
    testTimeout: 120_000,
    hookTimeout: 120_000,
    // Native libraries (MuJoCo, XLA) hold threads and process-wide state: one process per file, two at a time.
    pool: "forks",
    maxWorkers: 2,
  },
});
