/** An engine in guarded memory: every call of the core is followed by a look at all red zones. */
import { readFile } from "node:fs/promises";
import type { CoreExports } from "../../bindings/engine/core.js";
import { Engine } from "../../bindings/engine/engine.js";
import { compileCore, instantiateCore } from "../../bindings/engine/load.js";
import { PAGES } from "../../bindings/engine/memory.js";
import { instantiatePde } from "../../bindings/engine/pde-core.js";
import { instantiateTheory } from "../../bindings/engine/theory-core.js";
import { startPool } from "../../bindings/engine/threads.js";
import type { Variant } from "../../bindings/index.js";
import type { WasmModule } from "../../bindings/support/platform.js";
import { GuardedMemory } from "./guarded-memory.js";

export interface GuardedEngine {
  readonly engine: Engine;
  readonly memory: GuardedMemory;
  /** Names of all functions that the core exports, and of those that were called. */
  readonly names: readonly string[];
  readonly called: ReadonlySet<string>;
}

export async function guardedEngine(
  variant: Variant = "simd",
  threads = 1,
  note: string | null = null,
): Promise<GuardedEngine> {
  const module = await coreModule(variant, threads);
  const shared =
    threads === 1
      ? undefined
      : new WebAssembly.Memory({ initial: 2, maximum: PAGES, shared: true });
  const alone = await instantiateCore(module, shared);
  const parts = threads === 1 ? [instantiateTheory, instantiatePde] : [];
  const beside = await Promise.all(parts.map((part) => part(variant, alone.memory)));
  const core: CoreExports = Object.assign({}, alone, ...beside);
  const memory = new GuardedMemory(core.memory, core.heapBase());
  const called = new Set<string>();
  const pool = shared && (await startPool(module, shared, core, threads));
  const guarded = guardCore(core, memory, called);
  return {
    engine: new Engine(guarded, variant, pool, note, memory),
    memory,
    names: Object.keys(guarded).filter((name) => typeof Reflect.get(core, name) === "function"),
    called,
  };
}

/**
 * With NEWTON_NN_ASSERTS=1 the core that asserts, in the place of `simd`; a failure is a trap whose
 * stack names the kernel. Not with threads: a worker that traps leaves the others waiting.
 */
async function coreModule(variant: Variant, threads: number): Promise<WasmModule> {
  if (threads > 1) return compileCore(`${variant}-threads`);
  if (variant !== "simd" || process.env.NEWTON_NN_ASSERTS !== "1") return compileCore(variant);
  const binary = await readFile(new URL("../../build/asserts.wasm", import.meta.url));
  return WebAssembly.compile(binary);
}

function guardCore(core: CoreExports, memory: GuardedMemory, called: Set<string>): CoreExports {
  const guarded = Object.entries(core).map(([name, value]) => {
    if (typeof value !== "function") return [name, value];
    const call = value as (...args: number[]) => number | undefined;
    const watched = (...args: number[]) => {
      called.add(name);
      // A trap is often the end of an overrun, whose beginning says more.
      try {
        return call(...args);
      } finally {
        memory.check(name);
      }
    };
    return [name, watched];
  });
  return Object.fromEntries(guarded) as CoreExports;
}
