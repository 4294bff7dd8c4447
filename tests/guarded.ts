/** With NEWTON_NN_GUARDED=1 every engine that a test makes from the sources is in guarded memory (unit/guarded-engine.ts). */
import { vi } from "vitest";

type Module = typeof import("../bindings/engine/engine.js");

if (process.env.NEWTON_NN_GUARDED === "1") {
  vi.doMock("../bindings/engine/engine.js", async (importOriginal) => {
    const original = await importOriginal<Module>();
    const createEngine: Module["createEngine"] = async (options) => {
      // The engine that would have been made says what can be had here, and throws what has to be thrown.
      const { variant, threads, threadsNote } = disposed(await original.createEngine(options));
      const { guardedEngine } = await import("./unit/guarded-engine.js");
      return (await guardedEngine(variant, threads, threadsNote)).engine;
    };
    return { ...original, createEngine };
  });
}

function disposed<T extends { dispose(): void }>(engine: T): T {
  engine.dispose();
  return engine;
}
