import { afterAll, afterEach, describe, expect, it } from "vitest";
import { createEngine, type Matrix, Model, Network } from "../../bindings/index.js";
import { bitsOf, factsOf } from "./support.js";

const engine = await createEngine();
const network = await Network.create({ width: 4, seed: 3, engine });
const before = engine.bytesUsed;

afterEach(() => expect(engine.bytesUsed).toBe(before));
afterAll(() => engine.dispose());

const x = Array.from({ length: 40 }, (_, index) => index / 40);

/** The same numbers, of which one is read by code of the caller. */
function read(values: readonly number[], index: number, code: () => void): number[] {
  const copy = [...values];
  Object.defineProperty(copy, index, {
    enumerable: true,
    get() {
      code();
      return values[index];
    },
  });
  return copy;
}

describe("data whose reading runs code", () => {
  it("is loaded whole when that code makes the memory of the engine grow", async () => {
    const expected = bitsOf(network.predict(x));
    const pages = engine.core.memory.buffer.byteLength;
    const large = Array.from({ length: 200_000 }, (_, index) => index);
    const got = network.predict(read(x, 20, () => network.predict(large)));
    expect(engine.core.memory.buffer.byteLength).toBeGreaterThan(pages);
    expect(bitsOf(got)).toEqual(expected);
  });

  it("is refused when that code makes it longer or shorter", async () => {
    const longer: number[] = read(x, 20, () => longer.push(1));
    const shorter: number[] = read(x, 20, () => shorter.splice(39, 1));
    const unchanged = { name: "InputError", code: "invalid-shape", argument: "x" };
    for (const [data, got] of [
      [longer, "41"],
      [shorter, "undefined"],
    ] as const) {
      const facts = await factsOf(() => network.predict(data));
      if (got === "41") expect(facts).toMatchObject({ ...unchanged, got });
      else expect(facts).toMatchObject({ argument: "x[39]", got });
    }
  });

  it("is an error when that code ends the engine", async () => {
    const own = await createEngine();
    const other = await Network.create({ width: 4, engine: own });
    const facts = await factsOf(() => other.predict(read(x, 20, () => own.dispose())));
    expect(facts).toMatchObject({ name: "StateError", code: "disposed" });
  });

  it("has targets that are read once", async () => {
    let reads = 0;
    const data = {
      x,
      get y(): Matrix {
        return reads++ === 0 ? x : [...x, 1e9, 1e9, 1e9, 1e9];
      },
    };
    const expected = network.loss({ x, y: x });
    expect(network.loss(data)).toBe(expected);
    expect(reads).toBe(1);
  });

  it("is refused when it is memory of the engine, which growing takes away", async () => {
    const own = await createEngine();
    const other = await Network.create({ width: 4, engine: own });
    const arena = own.open();
    const samples = own.core.memory.buffer.byteLength / 16;
    const view = own.f64(arena.f64(samples), samples);
    const facts = await factsOf(() => other.predict(view));
    expect(facts).toMatchObject({ code: "invalid-shape", argument: "x", got: "0" });
    own.dispose();
  });
});

it("fits what it fits without that code", async () => {
  const y = x.map((value) => Math.sin(9 * value));
  const options = { members: 1, network: { width: 3, engine } };
  const plain = await Model.fit({ x, y }, options);
  const large = Array.from({ length: 300_000 }, (_, index) => index);
  const grows = () => void network.predict(large);
  const grown = await Model.fit({ x: read(x, 3, grows), y: read(y, 3, grows) }, options);
  expect(bitsOf(grown.model.predict(x))).toEqual(bitsOf(plain.model.predict(x)));
  plain.model.dispose();
  grown.model.dispose();
});
