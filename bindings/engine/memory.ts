import { ResourceError } from "../support/errors.js";
import type { WasmMemory } from "../support/platform.js";

const PAGE = 65_536;
/** Most pages a memory may have. */
export const PAGES = 65_536;
const ALIGNMENT = 64;
/** The last page stays free, so that every pointer plus its length is below 2^32. */
const LIMIT = (PAGES - 1) * PAGE;

/** Bytes that WebAssembly's 32-bit memory can hold for the caller. */
export const MEMORY_LIMIT = LIMIT;

/**
 * First-fit allocator over one WebAssembly memory, its bookkeeping kept in JavaScript. The core
 * allocates nothing; a handful of long-lived arrays a network and a training are all there is, so a
 * sorted list of holes is enough.
 */
export class LinearMemory {
  readonly #memory: WasmMemory;
  /** Holes in ascending order, never adjacent: [start, bytes]. */
  readonly #holes: [number, number][] = [];
  readonly #sizes = new Map<number, number>();
  #top: number;

  constructor(memory: WasmMemory, base: number) {
    this.#memory = memory;
    this.#top = align(base);
  }

  /** Bytes in use. */
  get used(): number {
    let sum = 0;
    for (const bytes of this.#sizes.values()) sum += bytes;
    return sum;
  }

  /**
   * 64-byte aligned; contents undefined. Throws `out-of-memory` and changes nothing when it does
   * not fit.
   */
  allocate(bytes: number): number {
    const size = align(Math.max(bytes, 1));
    const index = this.#holes.findIndex(([, hole]) => hole >= size);
    let pointer: number;
    if (index >= 0) {
      const [start, hole] = this.#holes[index]!;
      pointer = start;
      if (hole === size) this.#holes.splice(index, 1);
      else this.#holes[index] = [start + size, hole - size];
    } else {
      pointer = this.#top;
      this.#reserve(pointer + size, size);
      this.#top = pointer + size;
    }
    this.#sizes.set(pointer, size);
    return pointer;
  }

  free(pointer: number): void {
    const size = this.#sizes.get(pointer);
    if (size === undefined) return;
    this.#sizes.delete(pointer);
    let index = this.#holes.findIndex(([start]) => start > pointer);
    if (index < 0) index = this.#holes.length;
    this.#holes.splice(index, 0, [pointer, size]);
    this.#merge(index);
    if (index > 0) this.#merge(index - 1);
    const last = this.#holes.at(-1);
    if (last !== undefined && last[0] + last[1] === this.#top) {
      this.#holes.pop();
      this.#top = last[0];
    }
  }

  #merge(index: number): void {
    const hole = this.#holes[index];
    const next = this.#holes[index + 1];
    if (hole === undefined || next === undefined || hole[0] + hole[1] !== next[0]) return;
    this.#holes.splice(index, 2, [hole[0], hole[1] + next[1]]);
  }

  #reserve(end: number, asked: number): void {
    const missing = end - this.#memory.buffer.byteLength;
    if (missing <= 0) return;
    if (end > LIMIT) throw outOfMemory(asked, this.used);
    try {
      this.#memory.grow(Math.ceil(missing / PAGE));
    } catch (cause) {
      throw outOfMemory(asked, this.used, cause);
    }
  }
}

function align(bytes: number): number {
  return Math.ceil(bytes / ALIGNMENT) * ALIGNMENT;
}

function outOfMemory(asked: number, used: number, cause?: unknown): ResourceError {
  return new ResourceError(
    "out-of-memory",
    `out of memory: ${mebibytes(asked)} more were asked for while ${mebibytes(used)} are in use; WebAssembly gives at most ${mebibytes(LIMIT)}, and this machine may give less`,
    { expected: `at most ${mebibytes(LIMIT)} in all`, got: mebibytes(asked + used), cause },
  );
}

export function mebibytes(bytes: number): string {
  return `${(bytes / 2 ** 20).toFixed(bytes < 100 * 2 ** 20 ? 1 : 0)} MiB`;
}
