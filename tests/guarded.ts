/**
 * With NEWTON_NN_GUARDED=1 every engine that a test makes from the sources is in guarded memory
 * (unit/guarded-engine.ts); with NEWTON_NN_ASSERTS=1 its core has assertions as well.
 */
import { expect, vi } from "vitest";

type Module = typeof import("../bindings/engine/engine.js");

/** It is about the making of engines and the limits of their own memory. */
const exempt = expect.getState().testPath?.endsWith("unit/engine.test.ts");

if (process.env.NEWTON_NN_GUARDED === "1" && !exempt) {
  vi.doMock("../bindings/engine/engine.js", async (importOriginal) => {
    const original = await importOriginal<Module>();
    const createEngine: Module["createEngine"] = async (options) => {
      // The engine that would have been made says what can be had here, and throws what has to be
      // thrown.
      const made = await original.createEngine(options);
      made.dispose();
      const { guardedEngine } = await import("./unit/guarded-engine.js");
      return (await guardedEngine(made.variant, made.threads, made.threadsNote)).engine;
    };
    return { ...original, createEngine };
  });
}
