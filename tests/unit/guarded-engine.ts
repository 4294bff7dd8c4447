/** An engine in guarded memory: every call of the core is followed by a look at all red zones. */
import type { CoreExports } from "../../bindings/engine/core.js";
import { Engine } from "../../bindings/engine/engine.js";
import { compileCore, instantiateCore } from "../../bindings/engine/load.js";
import { PAGES } from "../../bindings/engine/memory.js";
import { startPool } from "../../bindings/engine/threads.js";
import type { Variant } from "../../bindings/index.js";
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
  const module = await compileCore(threads === 1 ? variant : `${variant}-threads`);
  const shared =
    threads === 1
      ? undefined
      : new WebAssembly.Memory({ initial: 2, maximum: PAGES, shared: true });
  const core = await instantiateCore(module, shared);
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
