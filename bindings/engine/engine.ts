/// <reference lib="esnext.disposable" preserve="true" />

import { describe, invalid, StateError } from "../support/errors.js";
import { checkInteger, checkOptions } from "../support/validate.js";
import type { CoreExports } from "./core.js";
import { compileCore, instantiateCore, type Variant } from "./load.js";
import { LinearMemory, PAGES } from "./memory.js";
import {
  countThreads,
  reasonAgainstThreads,
  startPool,
  type ThreadPool,
  type Threads,
} from "./threads.js";

export interface EngineOptions {
  /**
   * Default `"simd"`: the same bits on every engine. `"relaxed"` uses fused multiply-add where
   * there is one.
   */
  readonly variant?: Variant;
  /**
   * Default 1. With more, or `"auto"` (one a processor), the factorization and the assembly of the
   * Hessian are shared by a pool of workers, with the same bits in the `simd` variant. Dispose such
   * an engine: its workers live as long as it does.
   */
  readonly threads?: Threads;
}

/** What a piece of work allocates; all of it is freed together. */
export interface Arena {
  /** Pointer to `length` zeros, 64-byte aligned. */
  f64(length: number): number;
  /** Pointer to `count` bytes of undefined contents, 64-byte aligned. */
  bytes(count: number): number;
}

/**
 * An instance of the core with its memory. Networks may share one; each that is not given one makes
 * its own.
 */
export class Engine {
  readonly variant: Variant;
  /** Threads in use, the caller's among them. */
  readonly threads: number;
  /** Why there are fewer threads than were asked for, or `null`. */
  readonly threadsNote: string | null;
  readonly #memory: LinearMemory;
  readonly #pool: ThreadPool | undefined;
  #core: CoreExports | undefined;

  /** Use `createEngine`. `memory` is what allocates in that of the core. */
  constructor(
    core: CoreExports,
    variant: Variant,
    pool: ThreadPool | undefined,
    threadsNote: string | null,
    memory = new LinearMemory(core.memory, core.heapBase()),
  ) {
    this.#core = core;
    this.#pool = pool;
    this.variant = variant;
    this.threads = pool?.threads ?? 1;
    this.threadsNote = threadsNote;
    this.#memory = memory;
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

  /**
   * Ends the workers and gives the memory back. Networks that use this engine throw `disposed` from
   * then on.
   */
  dispose(): void {
    this.#pool?.close();
    this.#core = undefined;
  }

  [Symbol.dispose](): void {
    this.dispose();
  }
}

/** @throws InputError `invalid-argument` */
export function checkEngineOptions(
  options: EngineOptions,
  argument: string,
): Required<EngineOptions> {
  checkOptions(options, argument, ["variant", "threads"]);
  const { variant = "simd", threads = 1 } = options;
  if (variant !== "simd" && variant !== "relaxed") {
    const expected = '"simd" or "relaxed"';
    throw invalid("invalid-argument", `${argument}.variant`, expected, describe(variant));
  }
  if (threads !== "auto") checkInteger(threads, `${argument}.threads`, 1, 256);
  return { variant, threads };
}

/**
 * Makes an engine by hand, to choose its variant and threads or to share it between networks. Where
 * threads cannot be had (a page that is not cross-origin isolated, a policy that forbids workers)
 * the engine has one, and `threadsNote` says why.
 *
 * @throws InputError `invalid-argument` for an unknown variant or number of threads
 * @throws ResourceError `unsupported-engine` when WebAssembly or the SIMD features of the variant
 *   are missing
 */
export async function createEngine(options: EngineOptions = {}): Promise<Engine> {
  const { variant, threads } = checkEngineOptions(options, "options");
  const count = countThreads(threads);
  if (count === 1) return createSingle(variant, null);
  const reason = reasonAgainstThreads();
  if (reason !== null) return createSingle(variant, reason);
  try {
    return await createThreaded(variant, count);
  } catch (error) {
    return createSingle(variant, String(error));
  }
}

async function createSingle(variant: Variant, note: string | null): Promise<Engine> {
  const core = await instantiateCore(await compileCore(variant));
  return new Engine(core, variant, undefined, note);
}

async function createThreaded(variant: Variant, threads: number): Promise<Engine> {
  const module = await compileCore(`${variant}-threads`);
  const memory = new WebAssembly.Memory({ initial: 2, maximum: PAGES, shared: true });
  const core = await instantiateCore(module, memory);
  return new Engine(core, variant, await startPool(module, memory, core, threads), null);
}
