import { defineConfig } from "vitest/config";

/** The unit tests of the training loop, which need no build and start no processes. */
export default defineConfig({
  test: {
    include: [
      "tests/unit/train.test.ts",
      "tests/unit/regularization.test.ts",
      "tests/unit/solvers.test.ts",
      "tests/unit/checkpoint.test.ts",
      "tests/unit/faults.test.ts",
      "tests/unit/network.test.ts",
      "tests/unit/validate.test.ts",
      "tests/unit/line-search.test.ts",
      "tests/unit/newton-method.test.ts",
      "tests/unit/plan.test.ts",
    ],
    testTimeout: 30_000,
    restoreMocks: true,
    unstubGlobals: true,
  },
});
