import type { CoreExports } from "./core.js";
import type { Engine } from "./engine.js";
import type { Part } from "./load.js";

/** The instances of each part, made when it is first asked for. */
const instances: Record<Part, WeakMap<Engine, Promise<unknown>>> = {
  theory: new WeakMap(),
  pde: new WeakMap(),
};

/**
 * A part of the core: a module of its own over the memory of the engine's core, or in the builds
 * with threads part of the core itself.
 *
 * @param instantiate makes an instance over the memory of the engine's core
 * @throws StateError `disposed`; ResourceError `unsupported-engine`, `load-failed`
 */
export function partOf<Exports>(
  engine: Engine,
  part: Part,
  instantiate: () => Promise<Exports>,
): Promise<Exports> {
  const { core } = engine;
  if (has<Exports>(core, part)) return Promise.resolve(core);
  const instance = instances[part].get(engine) as Promise<Exports> | undefined;
  if (instance !== undefined) return instance;
  const made = instantiate();
  instances[part].set(engine, made);
  made.catch(() => instances[part].delete(engine));
  return made;
}

function has<Exports>(core: CoreExports, part: Part): core is CoreExports & Exports {
  return `${part}End` in core;
}
