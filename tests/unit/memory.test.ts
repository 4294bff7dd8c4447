import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { LinearMemory, MEMORY_LIMIT, mebibytes } from "../../bindings/engine/memory.js";
import { createEngine, Network } from "../../bindings/index.js";
import { faultOf } from "./support.js";

const PAGE = 65_536;
const align = (bytes: number) => Math.ceil(bytes / 64) * 64;

/** A memory that counts bytes and holds none, so that its limit can be reached. */
function hollowMemory(pages: number, refuseBeyond = Number.POSITIVE_INFINITY) {
  const buffer = { byteLength: pages * PAGE };
  const grow = (more: number) => {
    const before = buffer.byteLength / PAGE;
    if (before + more > refuseBeyond) throw new RangeError("cannot grow");
    buffer.byteLength += more * PAGE;
    return before;
  };
  return { buffer, grow } as unknown as WebAssembly.Memory;
}

/** First fit, stated from the blocks in use alone. */
class Model {
  readonly live = new Map<number, number>();
  readonly #start: number;

  constructor(start: number) {
    this.#start = start;
  }

  place(bytes: number): number {
    const size = align(Math.max(bytes, 1));
    let candidate = this.#start;
    for (const [start, length] of [...this.live].sort(([a], [b]) => a - b)) {
      if (start - candidate >= size) break;
      candidate = start + length;
    }
    return candidate;
  }

  get used(): number {
    return [...this.live.values()].reduce((sum, size) => sum + size, 0);
  }

  get top(): number {
    return Math.max(this.#start, ...[...this.live].map(([start, size]) => start + size));
  }
}

const commands = fc.array(
  fc.oneof(
    fc.record({ kind: fc.constant("allocate" as const), value: fc.nat(5000) }),
    fc.record({ kind: fc.constant("allocate" as const), value: fc.nat(200_000) }),
    fc.record({ kind: fc.constant("free" as const), value: fc.nat(1000) }),
  ),
  { maxLength: 120 },
);

describe("LinearMemory", () => {
  test("behaves as first fit over the blocks in use, for any sequence of calls", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 3000 }), commands, (base, sequence) => {
        const wasm = new WebAssembly.Memory({ initial: 1, maximum: 400 });
        const memory = new LinearMemory(wasm, base);
        const model = new Model(align(base));
        for (const { kind, value } of sequence) {
          if (kind === "allocate") {
            const expected = model.place(value);
            const pointer = memory.allocate(value);
            expect(pointer).toBe(expected);
            expect(pointer % 64).toBe(0);
            expect(pointer).toBeGreaterThanOrEqual(base);
            expect(pointer + value).toBeLessThanOrEqual(wasm.buffer.byteLength);
            model.live.set(pointer, align(Math.max(value, 1)));
          } else {
            const pointers = [...model.live.keys()];
            const pointer = pointers[value % Math.max(pointers.length, 1)] ?? 12_345;
            memory.free(pointer);
            model.live.delete(pointer);
          }
          expect(memory.used).toBe(model.used);
        }
        for (const pointer of model.live.keys()) memory.free(pointer);
        expect(memory.used).toBe(0);
        // Everything merged back: the largest block that fits at all fits at the start without
        // growing.
        const room = wasm.buffer.byteLength - align(base);
        const before = wasm.buffer.byteLength;
        expect(memory.allocate(room)).toBe(align(base));
        expect(wasm.buffer.byteLength).toBe(before);
      }),
      { numRuns: 150 },
    );
  });

  test("live blocks keep their contents, so none overlap", () => {
    fc.assert(
      fc.property(commands, (sequence) => {
        const wasm = new WebAssembly.Memory({ initial: 1, maximum: 400 });
        const memory = new LinearMemory(wasm, 1024);
        const live: { pointer: number; bytes: number; mark: number }[] = [];
        sequence.forEach(({ kind, value }, index) => {
          if (kind === "allocate") {
            const bytes = Math.min(value, 4000);
            const mark = (index % 255) + 1;
            const pointer = memory.allocate(bytes);
            new Uint8Array(wasm.buffer, pointer, bytes).fill(mark);
            live.push({ pointer, bytes, mark });
          } else if (live.length > 0) {
            const [gone] = live.splice(value % live.length, 1);
            memory.free(gone!.pointer);
          }
        });
        for (const { pointer, bytes, mark } of live) {
          const contents = new Uint8Array(wasm.buffer, pointer, bytes);
          expect(contents.every((byte) => byte === mark)).toBe(true);
        }
      }),
      { numRuns: 50 },
    );
  });

  test("gives a hole back to the next block of its size, and splits a larger one", () => {
    const memory = new LinearMemory(new WebAssembly.Memory({ initial: 4 }), 0);
    const [a, b, c] = [memory.allocate(128), memory.allocate(256), memory.allocate(64)];
    expect([a, b, c]).toEqual([0, 128, 384]);
    memory.free(b);
    expect(memory.allocate(64)).toBe(128);
    expect(memory.allocate(192)).toBe(192);
    expect(memory.allocate(1)).toBe(448);
  });

  test("the top shrinks over every hole below it", () => {
    const memory = new LinearMemory(new WebAssembly.Memory({ initial: 4 }), 0);
    const pointers = [64, 128, 192, 256].map((bytes) => memory.allocate(bytes));
    for (const index of [1, 0, 2, 3]) memory.free(pointers[index]!);
    // A block larger than any hole there ever was starts at 0 only if the top came down.
    expect(memory.allocate(3 * PAGE)).toBe(0);
  });

  test("an empty block has an address of its own", () => {
    const memory = new LinearMemory(new WebAssembly.Memory({ initial: 1 }), 0);
    expect(memory.allocate(0)).toBe(0);
    expect(memory.allocate(0)).toBe(64);
    expect(memory.used).toBe(128);
  });

  test("freeing twice, or what was never given, changes nothing", () => {
    const memory = new LinearMemory(new WebAssembly.Memory({ initial: 1 }), 0);
    const first = memory.allocate(64);
    const second = memory.allocate(64);
    memory.free(first);
    memory.free(first);
    memory.free(second + 8);
    expect(memory.used).toBe(64);
    expect(memory.allocate(64)).toBe(first);
    expect(memory.allocate(64)).toBe(second + 64);
  });

  test("grows by the pages that are missing and no more", () => {
    const wasm = hollowMemory(1);
    const memory = new LinearMemory(wasm, 0);
    memory.allocate(PAGE);
    expect(wasm.buffer.byteLength).toBe(PAGE);
    memory.allocate(1);
    expect(wasm.buffer.byteLength).toBe(2 * PAGE);
    memory.allocate(2 * PAGE);
    expect(wasm.buffer.byteLength).toBe(4 * PAGE);
  });

  test("gives everything up to the limit, and not one byte beyond", async () => {
    const memory = new LinearMemory(hollowMemory(1), 1000);
    const start = align(1000);
    expect(memory.allocate(MEMORY_LIMIT - start)).toBe(start);
    expect(memory.used).toBe(MEMORY_LIMIT - start);
    const error = await faultOf(() => memory.allocate(1));
    expect(error).toMatchObject({ name: "ResourceError", code: "out-of-memory" });
    expect(error.message).toContain(mebibytes(MEMORY_LIMIT));
    memory.free(start);
    await faultOf(() => memory.allocate(MEMORY_LIMIT - start + 1));
    expect(memory.used).toBe(0);
  });

  test("every pointer plus its length stays below 2^32", () => {
    expect(MEMORY_LIMIT).toBeLessThan(2 ** 32);
    expect(MEMORY_LIMIT % PAGE).toBe(0);
  });

  test("a request beyond the limit is refused before memory grows", async () => {
    const wasm = hollowMemory(1);
    const memory = new LinearMemory(wasm, 0);
    for (const bytes of [2 ** 32, 2 ** 53, Number.POSITIVE_INFINITY]) {
      expect((await faultOf(() => memory.allocate(bytes))).code).toBe("out-of-memory");
    }
    expect(wasm.buffer.byteLength).toBe(PAGE);
    expect(memory.used).toBe(0);
  });

  test("memory that cannot grow leaves the allocator as it was", async () => {
    const wasm = hollowMemory(1, 3);
    const memory = new LinearMemory(wasm, 0);
    const first = memory.allocate(PAGE);
    const hole = memory.allocate(128);
    const last = memory.allocate(64);
    memory.free(hole);
    const used = memory.used;
    const error = await faultOf(() => memory.allocate(5 * 2 ** 20));
    expect(error).toMatchObject({ name: "ResourceError", code: "out-of-memory" });
    expect(error.cause).toBeInstanceOf(RangeError);
    // What was asked for, what is in use, and the most there can be.
    expect(error.message).toContain("5.0 MiB more");
    expect(error.message).toContain(`${mebibytes(used)} are in use`);
    expect(error.message).toContain(mebibytes(MEMORY_LIMIT));
    expect(memory.used).toBe(used);
    expect(memory.allocate(128)).toBe(hole);
    expect(memory.allocate(64)).toBe(last + 64);
    memory.free(first);
    expect(memory.allocate(PAGE)).toBe(first);
  });
});

test("derivatives in the inputs that fit no array are an error, and nothing stays allocated", async () => {
  const [inputs, outputs, rows] = [2 ** 11, 2 ** 11, 2 ** 12];
  using engine = await createEngine();
  using network = await Network.create({ inputs, outputs, width: 1, engine });
  const used = engine.bytesUsed;
  const error = await faultOf(() => network.inputGradient(new Float64Array(rows * inputs)));
  expect(error).toMatchObject({ name: "ResourceError", code: "out-of-memory", got: "131072 MiB" });
  expect(error.cause).toBeInstanceOf(RangeError);
  expect(engine.bytesUsed).toBe(used);
  expect(network.inputGradient(new Float64Array(inputs))).toHaveLength(outputs * inputs);
});

test.each([
  [0, "0.0 MiB"],
  [2 ** 20, "1.0 MiB"],
  [1.5 * 2 ** 20, "1.5 MiB"],
  [99.96 * 2 ** 20, "100.0 MiB"],
  [2 ** 32, "4096 MiB"],
])("mebibytes(%d) is %s", (bytes, text) => {
  expect(mebibytes(bytes)).toBe(text);
});
