import type { WasmMemory } from "../support/platform.js";
import type { CoreExports } from "./core.js";
import type { Engine } from "./engine.js";
import { instantiate } from "./generated/theory.js";
import type { Variant } from "./load.js";
import { type Build, compileCore } from "./load.js";

/** The exports of assembly/theory.ts, where each is documented. */
export type TheoryExports = Readonly<Omit<Awaited<ReturnType<typeof instantiate>>, "memory">>;

const instances = new WeakMap<Engine, Promise<TheoryExports>>();

/**
 * What only the theory needs: a module of its own over the memory of the engine's core, loaded when
 * it is first asked for, or part of the core in the builds with threads.
 *
 * @throws StateError `disposed`; ResourceError `unsupported-engine`, `load-failed`
 */
export function theoryOf(engine: Engine): Promise<TheoryExports> {
  const { core } = engine;
  if (hasTheory(core)) return Promise.resolve(core);
  let instance = instances.get(engine);
  if (instance === undefined) {
    instance = instantiateTheory(engine.variant, core.memory);
    instances.set(engine, instance);
    instance.catch(() => instances.delete(engine));
  }
  return instance;
}

function hasTheory(
  core: CoreExports | (CoreExports & TheoryExports),
): core is CoreExports & TheoryExports {
  return "theoryEnd" in core;
}

/** `memory` is that of the core of the same variant. */
export async function instantiateTheory(
  variant: Variant,
  memory: WasmMemory,
): Promise<TheoryExports> {
  const build: Build = `${variant}-theory`;
  // Named here, so that applications without the theory are bundled without it.
  const module = await (variant === "simd"
    ? compileCore(build, () => import("./generated/simd-theory.js"))
    : compileCore(build));
  const adapted = await instantiate(module, { env: { memory } });
  return { ...Object.getPrototypeOf(adapted), ...adapted };
}
