import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: [
      "tests/unit/**/*.test.ts",
      "tests/reference/**/*.test.ts",
      "tests/sizes/**/*.test.ts",
      "tests/browser/**/*.test.ts",
      "tests/cluster/**/*.test.ts",
    ],
    reporters: ["default"],
    // Many tests wait for processes and browsers of theirs: the processor that this would leave free by default has room.
    maxWorkers: "100%",
    // Long enough for the slowest test on a loaded machine: a time limit is here to end what hangs, not to measure.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    teardownTimeout: 10_000,
    globalSetup: "tests/asserts-core.ts",
    setupFiles: ["tests/child-coverage.ts", "tests/guarded.ts"],
    restoreMocks: true,
    unstubGlobals: true,
    coverage: {
      provider: "v8",
      // Some tests load the built package, whose maps lead back to the sources.
      include: ["bindings/**/*.ts", "dist/**/*.js"],
      exclude: ["bindings/engine/generated/**", "dist/engine/generated/**"],
    },
  },
});
