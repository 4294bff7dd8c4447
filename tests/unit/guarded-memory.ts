/**
 * An allocator that sees what leaves its bounds. Around every allocation lies a red zone, which
 * begins at its last byte, not at the end of the 64 that it takes; what is outside of allocations,
 * and what a new one holds, are NaN in float64 and float32, and no address or count in int32. A
 * write outside changes a zone, which `check` finds; a read turns a result into NaN.
 */
import { LinearMemory } from "../../bindings/engine/memory.js";
import type { WasmMemory } from "../../bindings/support/platform.js";

/**
 * On each side of an allocation; a multiple of 64, so that pointers stay aligned. Two meet between
 * neighbours.
 */
const ZONE_BYTES = 512;

/**
 * NaN whose payload says where it comes from, as two words, the low one first. It is a signalling
 * NaN as a float64, and as a float32 in the low word: arithmetic gives a quiet one, so that `y +=
 * x` outside of an allocation is a change too.
 */
export const PATTERN = {
  zone: [0xffa0_0000, 0xfff4_c0de],
  fresh: [0xffa0_f4e5, 0xfff4_f4e5],
  freed: [0xffa0_dead, 0xfff4_dead],
} as const;

/** The low words of zones count, so that a copy from one to another is a change. */
const COUNT = 0xffff;

/** A word that nothing has written yet: memory grows by zeros. */
const UNTOUCHED = 0;

export class OutOfBounds extends Error {}

interface Block {
  /** Bytes asked for. */
  readonly bytes: number;
  /** Words of the zones: [first, end). */
  readonly before: readonly [number, number];
  readonly after: readonly [number, number];
  /** Where it was asked for. Its stack is not put together before somebody reads it. */
  readonly origin: Error;
}

export class GuardedMemory extends LinearMemory {
  readonly #memory: WasmMemory;
  readonly #base: number;
  readonly #blocks = new Map<number, Block>();
  #words: Uint32Array<ArrayBufferLike>;
  /** Words from here on were never handed out. */
  #top: number;
  #lastCall = "the start";

  constructor(memory: WasmMemory, base: number) {
    super(memory, base);
    this.#memory = memory;
    this.#words = new Uint32Array(memory.buffer);
    this.#base = Math.ceil(base / 64) * 16;
    this.#top = this.#base;
  }

  /** Bytes in use, as they would be without zones. */
  override get used(): number {
    return super.used - 2 * ZONE_BYTES * this.#blocks.size;
  }

  override allocate(bytes: number): number {
    const inner = Math.ceil(Math.max(bytes, 1) / 64) * 64;
    const outer = super.allocate(inner + 2 * ZONE_BYTES);
    const pointer = outer + ZONE_BYTES;
    const [first, start] = [outer / 4, pointer / 4];
    const afterwards = start + Math.ceil(bytes / 4);
    const end = (pointer + inner + ZONE_BYTES) / 4;
    this.#expectUnused(first, end);
    const words = this.#view();
    for (let at = first; at < end; at++) words[at] = zoneWord(at);
    fill(words, PATTERN.fresh, start, afterwards);
    this.#top = Math.max(this.#top, end);
    this.#blocks.set(pointer, {
      bytes,
      before: [first, start],
      after: [afterwards, end],
      origin: new Error("allocated"),
    });
    return pointer;
  }

  override free(pointer: number): void {
    const block = this.#blocks.get(pointer);
    if (block === undefined) return;
    this.#blocks.delete(pointer);
    super.free(pointer - ZONE_BYTES);
    try {
      this.#checkBlock(pointer, block);
    } finally {
      fill(this.#view(), PATTERN.freed, block.before[0], block.after[1]);
    }
  }

  /**
   * @throws OutOfBounds if a zone was written to; `name` is that of the call that has just returned
   */
  check(name: string): void {
    this.#lastCall = name;
    for (const [pointer, block] of this.#blocks) this.#checkBlock(pointer, block);
  }

  /** All that is in no allocation: slow, for the end of a test. */
  checkAll(): void {
    this.check(this.#lastCall);
    let free = this.#base;
    const blocks = [...this.#blocks.values()].sort((a, b) => a.before[0] - b.before[0]);
    for (const { before, after } of blocks) {
      this.#expectUnused(free, before[0]);
      free = after[1];
    }
    this.#expectUnused(free, this.#view().length);
  }

  #checkBlock(pointer: number, block: Block): void {
    const words = this.#view();
    for (const zone of [block.before, block.after]) {
      for (let at = zone[0], end = zone[1]; at < end; at++) {
        if (words[at] !== zoneWord(at)) throw this.#overrun(pointer, block, 4 * at);
      }
    }
  }

  #overrun(pointer: number, { bytes, origin }: Block, address: number): OutOfBounds {
    const where =
      address < pointer
        ? `${pointer - address} bytes before the start`
        : `${address - pointer - bytes} bytes past the end`;
    return new OutOfBounds(
      `${this.#lastCall}: wrote ${where} of an allocation of ${bytes} bytes, made ${caller(origin)}`,
    );
  }

  /** Words that belong to nobody still hold what they were left with. */
  #expectUnused(first: number, end: number): void {
    const words = this.#view();
    for (let at = first; at < end; at++) {
      if (words[at] === (at < this.#top ? PATTERN.freed[at % 2] : UNTOUCHED)) continue;
      throw new OutOfBounds(
        `byte ${4 * at} was written to while it was not allocated; the last call was ${this.#lastCall}`,
      );
    }
  }

  #view(): Uint32Array<ArrayBufferLike> {
    if (this.#words.buffer !== this.#memory.buffer) {
      this.#words = new Uint32Array(this.#memory.buffer);
    }
    return this.#words;
  }
}

function zoneWord(at: number): number {
  return at % 2 === 0 ? PATTERN.zone[0] + ((at >> 1) & COUNT) : PATTERN.zone[1];
}

function fill(
  words: Uint32Array,
  [low, high]: readonly [number, number],
  first: number,
  end: number,
) {
  for (let at = first; at < end; at++) words[at] = at % 2 === 0 ? low : high;
}

/** The function of bindings/ that asked for memory, and those that called it. */
function caller({ stack }: Error): string {
  const frames = (stack ?? "").split("\n").filter((line) => line.includes("/bindings/"));
  const outside = frames.filter((line) => !line.includes("/bindings/engine/"));
  return outside
    .slice(0, 3)
    .map((line) => line.trim().replace(/\(?(file:\/\/)?\/\S*?\/bindings\//, "(bindings/"))
    .join(" ");
}
