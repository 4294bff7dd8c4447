import fc from "fast-check";
import { describe, expect, test, vi } from "vitest";
import { checksum } from "../../bindings/formats/checksum.js";
import { activationNames, createEngine, Network, type NetworkJSON } from "../../bindings/index.js";
import { encodeBase64 } from "../../bindings/support/base64.js";
import { bitsOf, factsOf, faultOf, networkBits, unflatten } from "./support.js";

const engine = await createEngine();
const used = engine.bytesUsed;
const network = await Network.create({ width: 3, inputs: 2, seed: 5, engine });
const model = network.toJSON();
network.dispose();

/** A forger's checksum: right for whatever the fields say. */
function signed(fields: Partial<Record<keyof NetworkJSON, unknown>>): unknown {
  const forged = { ...model, ...fields };
  const { format, version, inputs, width, activation, beta, seed, parameters } = forged;
  const text = JSON.stringify([format, version, inputs, width, activation, beta, seed, parameters]);
  return { ...forged, checksum: checksum(text) };
}

const restore = (json: unknown) => Network.fromJSON(json, { engine });

async function expectRefusal(json: unknown, argument: string, code = "invalid-model") {
  expect(await factsOf(() => restore(json))).toMatchObject({ name: "InputError", code, argument });
  expect(engine.bytesUsed).toBe(used);
}

describe("round trip", () => {
  // Over bit patterns, so that subnormals, -0 and the largest numbers are as likely as any.
  const finiteBits = fc
    .bigInt({ min: 0n, max: 2n ** 64n - 1n })
    .map((bits) => new Float64Array(BigUint64Array.of(bits).buffer)[0]!)
    .filter(Number.isFinite);
  const special = fc.constantFrom(
    0,
    -0,
    Number.MIN_VALUE,
    -Number.MIN_VALUE,
    2 ** -1022 - 2 ** -1074,
    Number.MAX_VALUE,
    -Number.MAX_VALUE,
    Number.EPSILON,
  );

  test("keeps every bit of every finite parameter, through text", async () => {
    const extent = fc.integer({ min: 1, max: 5 });
    const shapes = fc.tuple(extent, extent).chain(([width, inputs]) =>
      fc.tuple(
        fc.constant({ width, inputs }),
        fc.array(fc.oneof(finiteBits, special), {
          minLength: width * (inputs + 2),
          maxLength: width * (inputs + 2),
        }),
      ),
    );
    const options = fc.record({
      activation: fc.constantFrom(...activationNames),
      beta: fc.double({ min: 0.5, max: 1, minExcluded: true, noNaN: true }),
      seed: fc.maxSafeNat(),
    });
    await fc.assert(
      fc.asyncProperty(shapes, options, async ([shape, values], rest) => {
        const original = await Network.create({ ...shape, ...rest, engine });
        const theta = Float64Array.from(values);
        original.setParameters(unflatten(theta, shape.width, shape.inputs));
        const text = JSON.stringify(original);
        const restored = await restore(JSON.parse(text));
        expect(networkBits(restored)).toEqual(bitsOf(theta));
        expect(restored).toMatchObject({ ...shape, ...rest });
        expect(JSON.stringify(restored)).toBe(text);
        original.dispose();
        restored.dispose();
        expect(engine.bytesUsed).toBe(used);
      }),
    );
  });

  test("a restored network predicts the same bits on an engine of its own", async () => {
    const original = await Network.create({ width: 40, inputs: 2, seed: 7 });
    const restored = await Network.fromJSON(original.toJSON());
    const x = [
      [0.1, -3],
      [2, 5],
    ];
    expect(bitsOf(restored.predict(x))).toEqual(bitsOf(original.predict(x)));
    original.dispose();
    expect(restored.predict(x)).toHaveLength(2);
    restored.dispose();
  });

  test("more parameters than one piece of the base64 coder takes", async () => {
    // 3 x 8 x 5461 bytes lie on both sides of a multiple of 0x8000.
    for (const width of [1365, 1366, 5461]) {
      const original = await Network.create({ width, engine });
      const restored = await restore(JSON.parse(JSON.stringify(original)));
      expect(networkBits(restored)).toEqual(networkBits(original));
      original.dispose();
      restored.dispose();
    }
  });

  test("the format is the documented one", () => {
    expect(model).toMatchObject({
      format: "newton-nn/network",
      version: 1,
      inputs: 2,
      width: 3,
      activation: "tanh",
      beta: 0.52,
      seed: 5,
    });
    expect(Object.keys(model).sort()).toEqual([
      "activation",
      "beta",
      "checksum",
      "format",
      "inputs",
      "parameters",
      "seed",
      "version",
      "width",
    ]);
    expect(model.checksum).toMatch(/^[0-9a-f]{8}$/);
    // 12 float64, little-endian, in base64.
    const bytes = Buffer.from(model.parameters, "base64");
    expect(bytes).toHaveLength(96);
    const w = Float64Array.from({ length: 6 }, (_, i) => bytes.readDoubleLE(8 * i));
    return restore(model).then((restored) => {
      expect(bitsOf(restored.parameters.w)).toEqual(bitsOf(w));
      restored.dispose();
    });
  });

  test("the order of keys and unknown keys do not matter", async () => {
    const shuffled = Object.fromEntries(Object.entries(model).reverse());
    for (const json of [
      shuffled,
      { ...model, comment: "mine" },
      JSON.parse(`{"__proto__": {"width": 9}, ${JSON.stringify(model).slice(1)}`),
    ]) {
      const restored = await restore(json);
      expect(restored.width).toBe(3);
      restored.dispose();
    }
    expect(({} as { width?: number }).width).toBeUndefined();
  });
});

describe("what is no network", () => {
  test.each([[null], [undefined], [7], ["{}"], [JSON.stringify(model)], [[]], [[model]], [true]])(
    "%o",
    async (json) => {
      await expectRefusal(json, "json");
    },
  );

  test("anything at all is refused with a typed error", async () => {
    await fc.assert(
      fc.asyncProperty(fc.anything(), async (json) => {
        expect((await faultOf(() => restore(json))).code).toBe("invalid-model");
      }),
    );
  });

  test("another format", async () => {
    for (const format of [undefined, "newton-nn/model", "Newton-nn/network", 1, null]) {
      await expectRefusal(signed({ format }), "format");
    }
  });

  test("text that was cut off anywhere does not parse, and its values alone do not either", async () => {
    const text = JSON.stringify(model);
    for (let length = 0; length < text.length; length++) {
      expect(() => JSON.parse(text.slice(0, length))).toThrow(SyntaxError);
    }
    for (const key of Object.keys(model)) {
      const { [key as keyof NetworkJSON]: _, ...rest } = model;
      expect((await faultOf(() => restore(rest))).argument).toBe(key);
    }
  });

  test("a newer version says to update, an impossible one is a broken model", async () => {
    for (const version of [3, 4, 2 ** 31]) {
      await expectRefusal(signed({ version }), "version", "unsupported-version");
    }
    expect((await faultOf(() => restore(signed({ version: 3 })))).message).toContain("update");
    for (const version of [0, -1, 1.5, "1", null, undefined, Number.NaN]) {
      await expectRefusal(signed({ version }), "version");
    }
  });
});

describe("what was edited", () => {
  test("one character of the parameters, wherever it is", async () => {
    const { parameters } = model;
    await fc.assert(
      fc.asyncProperty(fc.nat({ max: parameters.length - 1 }), async (index) => {
        const other = parameters[index] === "A" ? "B" : "A";
        const edited = parameters.slice(0, index) + other + parameters.slice(index + 1);
        await expectRefusal({ ...model, parameters: edited }, "checksum");
      }),
    );
  });

  test("any other value, although it is a possible one", async () => {
    for (const edit of [
      { beta: 0.53 },
      { seed: 6 },
      { activation: "sin" },
      { checksum: "00000000" },
      { checksum: `${model.checksum} ` },
      { checksum: 1 },
      { checksum: null },
      // Same number of parameters in another shape.
      { inputs: 4, width: 2 },
      { inputs: 1, width: 4 },
    ]) {
      await expectRefusal({ ...model, ...edit }, "checksum");
    }
  });

  test("the parameters cut off or made longer", async () => {
    const { parameters } = model;
    for (const text of ["", parameters.slice(4), parameters.slice(0, -4), `${parameters}AAAA`]) {
      await expectRefusal({ ...model, parameters: text }, "parameters");
      await expectRefusal(signed({ parameters: text }), "parameters");
    }
  });
});

describe("what was forged, with a checksum that fits", () => {
  test.each<[string, unknown]>([
    ["inputs", 0],
    ["inputs", -1],
    ["inputs", 1.5],
    ["inputs", "2"],
    ["inputs", null],
    ["width", 0],
    ["width", Number.NaN],
    ["width", "3"],
    ["width", [3]],
    ["beta", 0.5],
    ["beta", 1.01],
    ["beta", "0.52"],
    ["seed", -1],
    ["seed", 0.5],
    ["seed", 2 ** 53],
    ["activation", "Tanh"],
    ["activation", "constructor"],
    ["activation", "__proto__"],
    ["activation", 0],
    ["parameters", 7],
    ["parameters", [1, 2]],
    ["parameters", null],
  ])("%s = %o is refused by name", async (name, value) => {
    await expectRefusal(signed({ [name]: value }), name);
  });

  test("fields that come from a prototype do not count", async () => {
    const { width, ...rest } = model;
    const heir = Object.assign(Object.create({ width }), rest);
    await expectRefusal(heir, "width");
  });

  test("a huge width is refused before anything is allocated", async () => {
    const size = engine.core.memory.buffer.byteLength;
    const decode = vi.spyOn(globalThis, "atob");
    for (const width of [2 ** 27, 2 ** 31, 2 ** 32 + 3, Number.MAX_SAFE_INTEGER, 1e300]) {
      await expectRefusal(signed({ width }), "parameters");
      await expectRefusal(signed({ width, inputs: width }), "parameters");
    }
    expect(decode).not.toHaveBeenCalled();
    expect(engine.core.memory.buffer.byteLength).toBe(size);
  });

  test.each([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])(
    "a parameter that is %d is refused with its place",
    async (value) => {
      for (const place of [0, 5, 11]) {
        const theta = new Float64Array(12).fill(0.5);
        theta[place] = value;
        const json = signed({ parameters: encodeBase64(new Uint8Array(theta.buffer)) });
        await expectRefusal(json, "parameters");
        expect((await faultOf(() => restore(json))).message).toContain(`${value} at ${place}`);
      }
    },
  );

  test("characters that are not base64", async () => {
    for (const character of ["*", "é", "\u0000", "="]) {
      const parameters = character + model.parameters.slice(1);
      await expectRefusal(signed({ parameters }), "parameters");
    }
  });

  test("base64 of the right length for the wrong number of bytes", async () => {
    // Decoders skip white space; and without padding the last group is worth one or two bytes more.
    const blank = `    ${model.parameters.slice(4)}`;
    await expectRefusal(signed({ parameters: blank }), "parameters");
    const scalar = await Network.create({ width: 1, engine });
    const odd = scalar.toJSON();
    scalar.dispose();
    expect(odd.parameters).toHaveLength(32);
    await expectRefusal(
      signed({ ...odd, inputs: 2, width: 1, parameters: "A".repeat(44) }),
      "parameters",
    );
    await expectRefusal(
      signed({ ...odd, parameters: `${" ".repeat(32 - 24)}${"A".repeat(24)}` }),
      "parameters",
    );
    // Two numbers where three belong.
    const two = encodeBase64(new Uint8Array(16));
    await expectRefusal(
      signed({ ...odd, parameters: " ".repeat(32 - two.length) + two }),
      "parameters",
    );
  });
});

test("options of fromJSON", async () => {
  const call = (options: unknown) => () => Network.fromJSON(model, options as object);
  expect((await faultOf(call({ engine: {} }))).argument).toBe("options.engine");
  expect((await faultOf(call({ engines: engine }))).argument).toBe("options.engines");
  expect((await faultOf(call(null))).argument).toBe("options");
});
