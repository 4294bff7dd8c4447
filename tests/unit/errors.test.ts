import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { InputError, NewtonError, ResourceError, StateError } from "../../bindings/index.js";
import { describe as describeValue, invalid } from "../../bindings/support/errors.js";

describe("hierarchy", () => {
  test.each([
    [InputError, "InputError", "invalid-shape"],
    [StateError, "StateError", "busy"],
    [ResourceError, "ResourceError", "out-of-memory"],
    [NewtonError, "NewtonError", "file"],
  ] as const)("%o has its name and code and is an Error", (Type, name, code) => {
    const error = new Type(code, "what happened", {
      argument: "width",
      expected: "a number",
      got: "3n",
    });
    expect(error).toBeInstanceOf(Type);
    expect(error).toBeInstanceOf(NewtonError);
    expect(error).toBeInstanceOf(Error);
    expect(error.name).toBe(name);
    expect(String(error)).toBe(`${name}: what happened`);
    expect(error.stack).toContain("what happened");
    expect(error).toMatchObject({
      code,
      argument: "width",
      expected: "a number",
      got: "3n",
      message: "what happened",
    });
  });

  test("siblings are not instances of each other", () => {
    const types = [InputError, StateError, ResourceError];
    for (const Made of types) {
      const error = new Made("file", "");
      expect(types.filter((Type) => error instanceof Type)).toEqual([Made]);
    }
  });

  test("details that were not given are undefined, and there is no cause property", () => {
    const error = new StateError("disposed", "gone");
    expect(error.argument).toBeUndefined();
    expect(error.expected).toBeUndefined();
    expect(error.got).toBeUndefined();
    expect("cause" in error).toBe(false);
  });

  test("the cause is kept", () => {
    const cause = new RangeError("grow");
    expect(new ResourceError("out-of-memory", "no", { cause }).cause).toBe(cause);
  });

  test("a cause that is falsy is kept too", () => {
    expect(new StateError("aborted", "no", { cause: null }).cause).toBeNull();
  });
});

test("invalid makes one sentence of its facts", () => {
  const error = invalid("non-finite", "data.x[3]", "a finite number", "NaN");
  expect(error).toBeInstanceOf(InputError);
  expect(error.message).toBe("data.x[3]: expected a finite number, got NaN");
  expect(error).toMatchObject({
    code: "non-finite",
    argument: "data.x[3]",
    expected: "a finite number",
    got: "NaN",
  });
});

describe("describe", () => {
  test.each([
    ["tanh", '"tanh"'],
    ["", '""'],
    ['a"b', '"a\\"b"'],
    [undefined, "undefined"],
    [null, "null"],
    [true, "true"],
    [1.5, "1.5"],
    [Number.NaN, "NaN"],
    [Number.NEGATIVE_INFINITY, "-Infinity"],
    [12n, "12"],
    [Symbol("s"), "Symbol(s)"],
    [[1, 2], "an array of length 2"],
    [new Float32Array(2), "a Float32Array"],
    [new DataView(new ArrayBuffer(1)), "a DataView"],
    [() => 0, "a function"],
    [class A {}, "a function"],
    [{}, "an object"],
    [new Date(0), "an object"],
    [Object.create(null), "an object"],
  ])("shows %o", (value, text) => {
    expect(describeValue(value)).toBe(text);
  });

  test("is short for everything, and never throws", () => {
    const withEverything = fc.anything({
      withBigInt: true,
      withBoxedValues: true,
      withDate: true,
      withMap: true,
      withNullPrototype: true,
      withObjectString: true,
      withSet: true,
      withSparseArray: true,
      withTypedArray: true,
    });
    fc.assert(
      fc.property(withEverything, (value) => {
        const text = describeValue(value);
        expect(text.length).toBeGreaterThan(0);
        expect(text.length).toBeLessThanOrEqual(60);
      }),
      { numRuns: 500 },
    );
  });

  test("cuts long strings and numbers, and shows that it did", () => {
    expect(describeValue("x".repeat(58))).toBe(`"${"x".repeat(58)}"`);
    expect(describeValue("x".repeat(59))).toBe(`"${"x".repeat(56)}...`);
    expect(describeValue("\n".repeat(2 ** 20))).toMatch(/^"(\\n)+.*\.\.\.$/);
    expect(describeValue("y".repeat(2 ** 24))).toHaveLength(60);
    expect(describeValue(10n ** 1000n)).toBe(`1${"0".repeat(56)}...`);
    expect(describeValue(Symbol("z".repeat(100)))).toHaveLength(60);
  });

  const fail = (): never => {
    throw new Error("hostile");
  };
  const revoked = () => {
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    return proxy;
  };
  test.each<[string, () => unknown]>([
    ["an object with a throwing toString", () => ({ toString: fail, valueOf: fail })],
    ["an object with a throwing getter", () => Object.defineProperty({}, "length", { get: fail })],
    [
      "an object whose toStringTag throws",
      () => ({
        get [Symbol.toStringTag]() {
          return fail();
        },
      }),
    ],
    ["a function with a throwing toString", () => Object.assign(() => 0, { toString: fail })],
    ["a function without a prototype", () => Object.setPrototypeOf(() => 0, null)],
    [
      "a proxy that refuses everything",
      () => new Proxy({}, { get: fail, getPrototypeOf: fail, has: fail, ownKeys: fail }),
    ],
    ["a proxy of an array", () => new Proxy([], { get: fail })],
    ["a revoked proxy", revoked],
    [
      "a typed array without a constructor",
      () => Object.assign(new Float64Array(1), { constructor: undefined }),
    ],
    [
      "a typed array whose constructor throws",
      () => Object.defineProperty(new Uint8Array(1), "constructor", { get: fail }),
    ],
    [
      "a typed array with an odd name",
      () => Object.assign(new Uint8Array(1), { constructor: { name: 7n } }),
    ],
  ])("survives %s", (_, make) => {
    const text = describeValue(make());
    expect(text.length).toBeGreaterThan(0);
    expect(text.length).toBeLessThanOrEqual(60);
  });
});
