import type { WasmMemory } from "../support/platform.js";
import type { Engine } from "./engine.js";
import { instantiate } from "./generated/theory.js";
import { type Build, compileCore, type Variant } from "./load.js";
import { partOf } from "./parts.js";

/** The exports of assembly/theory.ts, where each is documented. */
export type TheoryExports = Readonly<Omit<Awaited<ReturnType<typeof instantiate>>, "memory">>;

/**
 * What only the theory needs of the core.
 * @throws StateError `disposed`; ResourceError `unsupported-engine`, `load-failed`
 */
export function theoryOf(engine: Engine): Promise<TheoryExports> {
  const { core, variant } = engine;
  return partOf(engine, "theory", () => instantiateTheory(variant, core.memory));
}

/** `memory` is that of the core of the same variant. */
export async function instantiateTheory(
  variant: Variant,
  memory: WasmMemory,
): Promise<TheoryExports> {
  const build: Build = `${variant}-theory`;
  // Named here, so that applications without it are bundled without it.
  const module = await (variant === "simd"
    ? compileCore(build, () => import("./generated/simd-theory.js"))
    : compileCore(build));
  const adapted = await instantiate(module, { env: { memory } });
  return { ...Object.getPrototypeOf(adapted), ...adapted };
}
