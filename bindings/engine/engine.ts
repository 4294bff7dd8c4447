import { describe, invalid, StateError } from "../errors.js";
import type { Variant } from "../types.js";
import type { CoreExports } from "./core.js";
import { instantiateCore } from "./load.js";
import { LinearMemory } from "./memory.js";

export interface EngineOptions {
  /** Default `"simd"`: the same bits on every engine. `"relaxed"` uses fused multiply-add where there is one. */
  readonly variant?: Variant;
}

/** What a piece of work allocates; all of it is freed together. */
export interface Arena {
  /** Pointer to `length` zeros, 64-byte aligned. */
  f64(length: number): number;
  /** Pointer to `count` bytes of undefined contents, 64-byte aligned. */
  bytes(count: number): number;
}

/** An instance of the core with its memory. Networks may share one; each that is not given one makes its own. */
export class Engine {
  readonly variant: Variant;
  readonly #memory: LinearMemory;
  #core: CoreExports | undefined;

  /** Use `createEngine`. */
  constructor(core: CoreExports, variant: Variant) {
    this.#core = core;
    this.variant = variant;
    this.#memory = new LinearMemory(core.memory, core.heapBase());
  }

  /** The raw exports; see assembly/index.ts. */
  get core(): CoreExports {
    if (this.#core === undefined) throw new StateError("disposed", "the engine was disposed");
    return this.#core;
  }

  get disposed(): boolean {
    return this.#core === undefined;
  }

  /** Bytes that networks and trainings hold at this moment. */
  get bytesUsed(): number {
    return this.#memory.used;
  }

  /** Runs `work` and frees what it allocated, whether it returns or throws. */
  scope<T>(work: (arena: Arena) => T): T {
    const scope = this.open();
    try {
      return work(scope);
    } finally {
      scope.close();
    }
  }

  /** For work that outlives a call: the caller must `close` it. */
  open(): Arena & { close(): void } {
    if (this.disposed) throw new StateError("disposed", "the engine was disposed");
    const pointers: number[] = [];
    const bytes = (count: number): number => {
      const pointer = this.#memory.allocate(count);
      pointers.push(pointer);
      return pointer;
    };
    return {
      bytes,
      f64: (length) => {
        const pointer = bytes(8 * length);
        this.f64(pointer, length).fill(0);
        return pointer;
      },
      close: () => {
        for (const pointer of pointers) this.#memory.free(pointer);
        pointers.length = 0;
      },
    };
  }

  /** A view of memory. Valid until the next allocation only: growing memory detaches it. */
  f64(pointer: number, length: number): Float64Array<ArrayBuffer> {
    return new Float64Array(this.core.memory.buffer as ArrayBuffer, pointer, length);
  }

  /** Copies `bytes` bytes; the ranges must not overlap. */
  copy(target: number, source: number, bytes: number): void {
    const memory = new Uint8Array(this.core.memory.buffer);
    memory.copyWithin(target, source, source + bytes);
  }

  /** Gives the memory back. Networks that use this engine throw `disposed` from then on. */
  dispose(): void {
    this.#core = undefined;
  }

  [Symbol.dispose](): void {
    this.dispose();
  }
}

/**
 * Makes an engine by hand, to choose its variant or to share it between networks.
 * @throws InputError `invalid-argument` for an unknown variant
 * @throws ResourceError `unsupported-engine` when WebAssembly or the SIMD features of the variant are missing
 */
export async function createEngine(options: EngineOptions = {}): Promise<Engine> {
  const variant: unknown = options.variant ?? "simd";
  if (variant !== "simd" && variant !== "relaxed") {
    throw invalid("invalid-argument", "variant", '"simd" or "relaxed"', describe(variant));
  }
  return new Engine(await instantiateCore(variant), variant);
}
