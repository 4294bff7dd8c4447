import type { WasmMemory } from "../support/platform.js";
import type { Engine } from "./engine.js";
import { instantiate } from "./generated/pde.js";
import { type Build, compileCore, type Variant } from "./load.js";
import { partOf } from "./parts.js";

/** The exports of assembly/pde.ts, where each is documented. */
export type PdeExports = Readonly<Omit<Awaited<ReturnType<typeof instantiate>>, "memory">>;

/**
 * What only differential equations need of the core.
 * @throws StateError `disposed`; ResourceError `unsupported-engine`, `load-failed`
 */
export function pdeOf(engine: Engine): Promise<PdeExports> {
  const { core, variant } = engine;
  return partOf(engine, "pde", () => instantiatePde(variant, core.memory));
}

/** `memory` is that of the core of the same variant. */
export async function instantiatePde(variant: Variant, memory: WasmMemory): Promise<PdeExports> {
  const build: Build = `${variant}-pde`;
  // Named here, so that applications without it are bundled without it.
  const module = await (variant === "simd"
    ? compileCore(build, () => import("./generated/simd-pde.js"))
    : compileCore(build));
  const adapted = await instantiate(module, { env: { memory } });
  return { ...Object.getPrototypeOf(adapted), ...adapted };
}
