/**
 * An engine whose core is watched: which exports are called, and one call of one's choice that
 * traps.
 */
import type { CoreExports } from "../../bindings/engine/core.js";
import { Engine } from "../../bindings/engine/engine.js";
import { compileCore, instantiateCore } from "../../bindings/engine/load.js";
import { instantiatePde } from "../../bindings/engine/pde-core.js";
import { instantiateTheory } from "../../bindings/engine/theory-core.js";

export class Trap extends Error {}

export interface WatchedEngine {
  readonly engine: Engine;
  /** Names of all functions that the core exports. */
  readonly names: readonly string[];
  /** Calls so far, and the number of the one that traps. */
  readonly state: { calls: number; failing: number; readonly called: Set<string> };
}

export async function watchedEngine(): Promise<WatchedEngine> {
  const alone = await instantiateCore(await compileCore("simd"), undefined);
  const parts = [instantiateTheory, instantiatePde];
  const beside = await Promise.all(parts.map((part) => part("simd", alone.memory)));
  const core: CoreExports = Object.assign({}, alone, ...beside);
  const state = { calls: 0, failing: Number.POSITIVE_INFINITY, called: new Set<string>() };
  const watched = new Proxy(core, {
    get: (target, name, receiver) => {
      const value = Reflect.get(target, name, receiver);
      if (typeof value !== "function") return value;
      return (...args: number[]) => {
        state.called.add(String(name));
        if (state.calls++ === state.failing) throw new Trap(String(name));
        return (value as (...args: number[]) => number)(...args);
      };
    },
  });
  const names = Object.entries(core)
    .filter(([, value]) => typeof value === "function")
    .map(([name]) => name);
  return { engine: new Engine(watched as CoreExports, "simd", undefined, null), names, state };
}
