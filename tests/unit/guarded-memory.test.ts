/** The guard itself sees what it is there to see. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createEngine, Network } from "../../bindings/index.js";
import { type GuardedEngine, guardedEngine } from "./guarded-engine.js";
import { OutOfBounds, PATTERN } from "./guarded-memory.js";

let guarded: GuardedEngine;
beforeEach(async () => {
  guarded = await guardedEngine();
});
afterEach(() => guarded.engine.dispose());

const words = (pointer: number, count: number) =>
  new Uint32Array(guarded.engine.core.memory.buffer, pointer, count);

describe("a write outside of an allocation", () => {
  it.each([
    ["one value past the end", 5, 0, "0 bytes past the end"],
    ["one value before the start", 4, -8, "8 bytes before the start"],
  ])("is found after the call: %s", (_name, count, offset, where) => {
    const { engine } = guarded;
    const work = () =>
      engine.scope((arena) => {
        const [source, target] = [arena.f64(8), arena.f64(4)];
        engine.core.copyVector(count, source, target + offset);
      });
    expect(work).toThrow(OutOfBounds);
    expect(work).toThrow(`copyVector: wrote ${where} of an allocation of 32 bytes`);
  });

  it("is found by every call that follows, however far away it works", () => {
    const { engine } = guarded;
    const arena = engine.open();
    const [source, target] = [arena.f64(8), arena.f64(3)];
    expect(() => engine.core.copyVector(4, source, target)).toThrow(OutOfBounds);
    expect(() => engine.core.norm2(1, source)).toThrow("norm2: wrote 0 bytes past the end");
  });

  it("is found where one trapped", () => {
    const { engine } = guarded;
    const arena = engine.open();
    const [target, source] = [arena.f64(2), arena.f64(2)];
    const beyond = engine.core.memory.buffer.byteLength;
    expect(() => engine.core.axpy(beyond, 1, source, target)).toThrow("axpy: wrote 0 bytes past");
  });

  it("names who asked for the memory", async () => {
    const { engine } = guarded;
    await Network.create({ width: 3, engine });
    // The parameters are all that is allocated: behind the zone at the start.
    expect(engine.bytesUsed).toBe(128);
    const theta = 64 * Math.ceil(engine.core.heapBase() / 64) + 512;
    const write = () => engine.core.squareRoots(17, theta);
    expect(write).toThrow("squareRoots: wrote 0 bytes past the end of an allocation of 128 bytes");
    expect(write).toThrow(/made at new Network \(bindings\/network\/network\.ts/);
  });

  it("is found where what is written was read outside too", () => {
    const { engine } = guarded;
    for (const write of [
      (from: number, to: number) => engine.core.copyVector(4, from, to),
      (from: number, to: number) => engine.core.axpy(4, 1, from, to),
      (from: number, to: number) => engine.core.axpy(4, 0, from, to),
    ]) {
      const work = () => engine.scope((arena) => write(arena.f64(2), arena.f64(2)));
      expect(work).toThrow("wrote 0 bytes past the end");
    }
  });

  it("is found in memory that was freed, when that is given away again", () => {
    const { engine } = guarded;
    const arena = engine.open();
    const source = arena.f64(2);
    const gone = engine.scope((scratch) => scratch.f64(100));
    engine.core.copyVector(1, source, gone);
    expect(() => arena.f64(100)).toThrow("was written to while it was not allocated");
  });

  it("is found in memory that never was allocated, at the end", () => {
    const { engine, memory } = guarded;
    const arena = engine.open();
    const source = arena.f64(2);
    memory.checkAll();
    words(source + 4000, 1)[0] = 1;
    expect(() => memory.checkAll()).toThrow(`byte ${source + 4000} was written to`);
  });
});

describe("a read outside of what was written", () => {
  it("gives NaN, in either precision", () => {
    const { engine } = guarded;
    engine.scope((arena) => {
      const fresh = arena.bytes(40);
      const odd = arena.f64(3);
      expect([...words(fresh, 10)]).toEqual(Array(5).fill(PATTERN.fresh).flat());
      for (const view of [
        new Float64Array(engine.core.memory.buffer, fresh, 5),
        new Float32Array(engine.core.memory.buffer, fresh, 10),
        engine.f64(odd + 24, 5),
        engine.f64(odd - 64, 8),
      ]) {
        expect(view.every(Number.isNaN)).toBe(true);
      }
      expect(engine.core.firstNonFinite(3, odd)).toBe(-1);
      expect(engine.core.dot(4, odd, odd)).toBeNaN();
    });
  });

  it("gives NaN after the memory was freed", () => {
    const { engine } = guarded;
    const gone = engine.scope((arena) => arena.f64(4));
    expect(engine.core.norm2(4, gone)).toBeNaN();
  });
});

it("counts the bytes in use as other engines do, and fails as they do", async () => {
  const { engine, memory } = guarded;
  const arena = engine.open();
  arena.bytes(0);
  arena.f64(9);
  expect(engine.bytesUsed).toBe(64 + 128);
  expect(() => arena.bytes(2 ** 32)).toThrow(expect.objectContaining({ code: "out-of-memory" }));
  arena.close();
  expect(engine.bytesUsed).toBe(0);
  memory.checkAll();
});

it("is where all engines of the tests are, when the environment asks for it", async () => {
  using engine = await createEngine();
  const beyond = engine.scope((arena) => engine.core.norm2(5, arena.f64(4)));
  expect(beyond).toBe(process.env.NEWTON_NN_GUARDED === "1" ? Number.NaN : 0);
});
