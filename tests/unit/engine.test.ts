import { afterEach, describe, expect, test, vi } from "vitest";
import {
  createEngine,
  type Engine,
  type EngineOptions,
  Network,
  train,
} from "../../bindings/index.js";
import {
  bitsOf,
  factsOf,
  faultOf,
  networkBits,
  publishedProblem,
  smallProblem,
} from "./support.js";

describe("createEngine", () => {
  test("makes a simd engine with nothing in it", async () => {
    const engine = await createEngine();
    expect(engine).toMatchObject({ variant: "simd", disposed: false, bytesUsed: 0 });
    engine.dispose();
  });

  test.each([
    ["avx", '"avx"'],
    ["SIMD", '"SIMD"'],
    [null, "null"],
    [1, "1"],
    [["simd"], "an array of length 1"],
  ])("refuses the variant %o", async (variant, got) => {
    const facts = await factsOf(() => createEngine({ variant } as unknown as EngineOptions));
    expect(facts).toMatchObject({
      name: "InputError",
      code: "invalid-argument",
      expected: '"simd" or "relaxed"',
      got,
    });
    expect(facts.argument).toMatch(/variant$/);
  });

  test("refuses what is no object of options, and names it does not know", async () => {
    for (const options of [null, "relaxed", 7, []]) {
      const call = () => createEngine(options as unknown as EngineOptions);
      expect(await factsOf(call)).toMatchObject({ code: "invalid-argument", argument: "options" });
    }
    const call = () => createEngine({ varient: "simd" } as unknown as EngineOptions);
    expect((await faultOf(call)).argument).toBe("options.varient");
  });

  test("engines have memories of their own", async () => {
    const [a, b] = [await createEngine(), await createEngine()];
    const pointer = a.open().f64(4);
    a.f64(pointer, 4).fill(1);
    expect(b.bytesUsed).toBe(0);
    expect(b.core.memory).not.toBe(a.core.memory);
    a.dispose();
    expect(b.disposed).toBe(false);
    b.dispose();
  });
});

describe("arenas", () => {
  test("give zeros even where there was something else before", async () => {
    const engine = await createEngine();
    const first = engine.open();
    const pointer = first.f64(100);
    engine.f64(pointer, 100).fill(Number.NaN);
    first.close();
    const second = engine.open();
    expect(second.f64(100)).toBe(pointer);
    expect([...engine.f64(pointer, 100)]).toEqual(new Array(100).fill(0));
    engine.dispose();
  });

  test("are freed when the work returns and when it throws, the inner ones alone", async () => {
    const engine = await createEngine();
    const outer = engine.open();
    outer.bytes(1000);
    const used = engine.bytesUsed;
    expect(used).toBe(1024);
    const result = engine.scope((arena) => {
      arena.f64(10);
      arena.bytes(1);
      expect(engine.bytesUsed).toBe(used + 128 + 64);
      return "done";
    });
    expect(result).toBe("done");
    expect(engine.bytesUsed).toBe(used);
    const failure = new Error("within");
    expect(() =>
      engine.scope((arena) => {
        arena.f64(10);
        throw failure;
      }),
    ).toThrow(failure);
    expect(engine.bytesUsed).toBe(used);
    outer.close();
    outer.close();
    expect(engine.bytesUsed).toBe(0);
    engine.dispose();
  });

  test("do not overlap with what the core keeps for itself", async () => {
    const engine = await createEngine();
    const pointer = engine.open().bytes(1);
    expect(pointer).toBeGreaterThanOrEqual(engine.core.heapBase());
    expect(pointer % 64).toBe(0);
    engine.dispose();
  });
});

describe("dispose", () => {
  test("every use afterwards throws `disposed`; twice is once", async () => {
    const engine = await createEngine();
    const scope = engine.open();
    scope.bytes(10);
    engine.dispose();
    engine[Symbol.dispose]();
    expect(engine.disposed).toBe(true);
    for (const call of [
      () => engine.core,
      () => engine.open(),
      () => engine.scope(() => 0),
      () => engine.f64(0, 1),
      () => Network.create({ width: 1, engine }),
    ]) {
      expect(await factsOf(call)).toMatchObject({ name: "StateError", code: "disposed" });
    }
    // What was open can still be closed, as a `finally` does.
    expect(() => scope.close()).not.toThrow();
  });

  test("a network drops the engine it made, and leaves one it was given", async () => {
    const own = await Network.create({ width: 2 });
    own.dispose();
    expect((await faultOf(() => own.predict([1]))).code).toBe("disposed");
    const engine = await createEngine();
    (await Network.create({ width: 2, engine })).dispose();
    expect(engine).toMatchObject({ disposed: false, bytesUsed: 0 });
    engine.dispose();
  });

  test("in the middle of a training: it rejects with `disposed` and the network can be given up", async () => {
    const engine = await createEngine();
    const network = await Network.create({ width: 4, engine });
    const onStep = () => engine.dispose();
    const call = () => train(network, smallProblem(), { onStep });
    expect((await faultOf(call)).code).toBe("disposed");
    network.dispose();
    expect(network.disposed).toBe(true);
  });
});

describe("variants", () => {
  test("simd: two engines, the same bits", async () => {
    const run = async () => {
      const network = await Network.create({ width: 30, seed: 1 });
      const { history, loss } = await train(network, publishedProblem(20), { maxSteps: 15 });
      const outcome = {
        bits: networkBits(network),
        loss,
        history: history.map(({ seconds: _, ...rest }) => rest),
      };
      network.dispose();
      return outcome;
    };
    expect(await run()).toEqual(await run());
  });

  test("relaxed: refused with a reason, or the same numbers to 1e-10", async () => {
    let engine: Engine;
    try {
      engine = await createEngine({ variant: "relaxed" });
    } catch (error) {
      expect(error).toMatchObject({
        name: "ResourceError",
        code: "unsupported-engine",
        expected: "WebAssembly relaxed SIMD",
        message: expect.stringMatching(/Node 22 or newer.*--experimental-wasm-relaxed-simd/),
      });
      expect((error as Error).cause).toBeInstanceOf(WebAssembly.CompileError);
      return;
    }
    expect(engine.variant).toBe("relaxed");
    const relaxed = await Network.create({ width: 30, seed: 1, engine });
    const simd = await Network.create({ width: 30, seed: 1 });
    expect(networkBits(relaxed)).toEqual(networkBits(simd));
    const data = publishedProblem(20);
    const close = (a: Float64Array, b: Float64Array) => {
      const scale = Math.max(...b.map(Math.abs));
      a.forEach((value, i) => {
        expect(Math.abs(value - b[i]!)).toBeLessThanOrEqual(1e-10 * scale);
      });
    };
    close(relaxed.predict(data.x), simd.predict(data.x));
    close(relaxed.hessian(data), simd.hessian(data));
    const step = { gamma: 1 };
    close(relaxed.newtonStep(data, step).step.c, simd.newtonStep(data, step).step.c);
    relaxed.dispose();
    simd.dispose();
    engine.dispose();
  });
});

describe("where WebAssembly is missing or forbidden", () => {
  afterEach(() => {
    vi.unstubAllGlobals();
    vi.restoreAllMocks();
    vi.resetModules();
  });

  /** The module graph anew, so that nothing compiled before is at hand. */
  async function fresh() {
    vi.resetModules();
    return import("../../bindings/index.js");
  }

  test("no WebAssembly at all", async () => {
    const { createEngine: create, ResourceError } = await fresh();
    vi.stubGlobal("WebAssembly", undefined);
    const error = await create().catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(ResourceError);
    expect(error).toMatchObject({ code: "unsupported-engine" });
  });

  test("a policy against compiling: the cause is kept, the failure is not", async () => {
    const { createEngine: create, ResourceError } = await fresh();
    const cause = new WebAssembly.CompileError("blocked by Content Security Policy");
    const compile = vi.spyOn(WebAssembly, "compile").mockRejectedValue(cause);
    for (const variant of ["simd", "relaxed"] as const) {
      const error = await create({ variant }).catch((reason: unknown) => reason);
      expect(error).toBeInstanceOf(ResourceError);
      expect(error).toMatchObject({
        code: "unsupported-engine",
        argument: "options.variant",
        cause,
      });
      expect((error as Error).message).toContain("'wasm-unsafe-eval'");
      expect((error as Error).message).toContain("blocked by Content Security Policy");
    }
    compile.mockRestore();
    const engine = await create();
    expect(engine.disposed).toBe(false);
    engine.dispose();
  });

  test("a module is compiled once for any number of engines", async () => {
    const { createEngine: create } = await fresh();
    const compile = vi.spyOn(WebAssembly, "compile");
    const engines = await Promise.all([create(), create(), create()]);
    expect(compile).toHaveBeenCalledTimes(1);
    expect(new Set(engines.map((engine) => engine.core.memory)).size).toBe(3);
    for (const engine of engines) engine.dispose();
  });
});

test("memory that cannot grow: a typed error, everything freed, the network as it was", async () => {
  const engine = await createEngine();
  const network = await Network.create({ width: 100, engine });
  const before = networkBits(network);
  const used = engine.bytesUsed;
  const data = publishedProblem(50);
  const loss = network.loss(data);
  const cause = new RangeError("WebAssembly.Memory.grow(): Unable to grow instance memory");
  const grow = vi.spyOn(engine.core.memory, "grow").mockImplementation(() => {
    throw cause;
  });
  for (const call of [
    () => train(network, data),
    () => network.hessian(data),
    () => network.newtonStep(data, { gamma: 1 }),
    () => network.predict(new Float64Array(2 ** 20)),
    () => Network.create({ width: 2 ** 20, engine }),
  ]) {
    const error = await faultOf(call);
    expect(error).toMatchObject({ name: "ResourceError", code: "out-of-memory", cause });
    expect(engine.bytesUsed).toBe(used);
  }
  expect(grow).toHaveBeenCalled();
  grow.mockRestore();
  expect(networkBits(network)).toEqual(before);
  expect(network.loss(data)).toBe(loss);
  expect((await train(network, data, { maxSteps: 1 })).steps).toBe(1);
  expect(bitsOf(network.predict([0]))).toHaveLength(1);
  engine.dispose();
});
