/**
 * The derivatives of the outputs in the inputs against complex steps through the plain model, at
 * numbers of rows on both sides of the edges of blocks.
 */
import { afterAll, describe, expect, it } from "vitest";
import { createEngine, type Network } from "../../bindings/index.js";
import { create, dataOf, difference, type Size } from "./problems.js";

const [one, two, three] = [
  await createEngine(),
  await createEngine({ threads: 2 }),
  await createEngine({ threads: 3 }),
];
afterAll(() => {
  for (const engine of [one, two, three]) engine.dispose();
});

interface Complex {
  readonly re: number;
  readonly im: number;
}

const add = (a: Complex, b: Complex): Complex => ({ re: a.re + b.re, im: a.im + b.im });
const multiply = (a: Complex, b: Complex): Complex => ({
  re: a.re * b.re - a.im * b.im,
  im: a.re * b.im + a.im * b.re,
});
const divide = (a: Complex, b: Complex): Complex => {
  const size = b.re * b.re + b.im * b.im;
  const { re, im } = multiply(a, { re: b.re, im: -b.im });
  return { re: re / size, im: im / size };
};
const exp = ({ re, im }: Complex): Complex => ({
  re: Math.exp(re) * Math.cos(im),
  im: Math.exp(re) * Math.sin(im),
});
const real = (re: number): Complex => ({ re, im: 0 });

/** sigma of a complex argument, from its definition. */
const SIGMA = {
  tanh: (z: Complex) => {
    const [up, down] = [exp(z), exp(multiply(real(-1), z))];
    return divide(add(up, multiply(real(-1), down)), add(up, down));
  },
  sigmoid: (z: Complex) => divide(real(1), add(real(1), exp(multiply(real(-1), z)))),
  sin: ({ re, im }: Complex) => ({
    re: Math.sin(re) * Math.cosh(im),
    im: Math.cos(re) * Math.sinh(im),
  }),
  softplus: (z: Complex) => {
    const { re, im } = add(real(1), exp(z));
    return { re: Math.log(Math.hypot(re, im)), im: Math.atan2(im, re) };
  },
} as const;

/** The square of this is below the rounding of everything beside it, so that no error is left. */
const STEP = 1e-30;

/** Im f(x + i h e_j) / h: M x k x d, row-major. */
function complexSteps(network: Network, size: Size): Float64Array {
  const { inputs, outputs, width, samples } = size;
  const { x } = dataOf(size);
  const { w, eta, c } = network.parameters;
  const scale = width ** -network.beta;
  const result = new Float64Array(samples * outputs * inputs);
  for (let m = 0; m < samples; m++) {
    for (let j = 0; j < inputs; j++) {
      for (let i = 0; i < width; i++) {
        let z = real(eta[i]!);
        for (let a = 0; a < inputs; a++) {
          const at = { re: x[m * inputs + a]!, im: a === j ? STEP : 0 };
          z = add(z, multiply(real(w[i * inputs + a]!), at));
        }
        const { im } = SIGMA[size.activation](z);
        for (let o = 0; o < outputs; o++) {
          result[(m * outputs + o) * inputs + j]! += scale * c[i * outputs + o]! * (im / STEP);
        }
      }
    }
  }
  return result;
}

const ROWS = [1, 2, 63, 64, 65, 127, 129, 257, 513, 1300, 2047, 2049, 4097];

describe.each(ROWS)("with %i rows", (samples) => {
  const activations = Object.keys(SIGMA) as Size["activation"][];
  const cases = activations.flatMap((activation, index) =>
    [1, 2, 5].map((inputs): Size => {
      const [outputs, width] = [1 + ((index + inputs) % 3), samples < 500 ? 70 : 5];
      return { activation, inputs, outputs, width, samples, seed: samples + index };
    }),
  );

  it.each(cases)("$activation, d = $inputs, k = $outputs: that of complex steps", async (size) => {
    using network = await create(size, one);
    const { x } = dataOf(size);
    const got = network.inputGradient(x);
    expect(difference(got, complexSteps(network, size))).toBeLessThan(1e-13);
    for (const engine of [two, three]) {
      using shared = await create(size, engine);
      const bits = new Uint8Array(shared.inputGradient(x).buffer);
      expect(Buffer.compare(new Uint8Array(got.buffer), bits)).toBe(0);
    }
  });
});

it("a row has the bits that it has alone", async () => {
  const size: Size = {
    activation: "tanh",
    inputs: 3,
    outputs: 2,
    width: 130,
    samples: 2200,
    seed: 5,
  };
  using network = await create(size, one);
  const { x } = dataOf(size);
  const all = network.inputGradient(x);
  for (const row of [0, 63, 64, 511, 512, 2047, 2048, 2199]) {
    const alone = network.inputGradient(x.slice(3 * row, 3 * row + 3));
    expect([...alone]).toEqual([...all.subarray(6 * row, 6 * row + 6)]);
  }
});

it("that of many inputs and outputs, whose rows are worked through in smaller parts", async () => {
  const size: Size = {
    activation: "sin",
    inputs: 200,
    outputs: 40,
    width: 3,
    samples: 700,
    seed: 1,
  };
  expect(size.samples).toBeGreaterThan(one.core.inputGradientSamples(200, 40));
  using network = await create(size, one);
  const { w, c, eta } = network.parameters;
  const { x } = dataOf(size);
  const got = network.inputGradient(x);
  expect(got).toHaveLength(700 * 40 * 200);
  const scale = 3 ** -network.beta;
  for (const row of [0, 511, 512, 699]) {
    const slope = Array.from(eta, (bias, i) => {
      let z = bias;
      for (let a = 0; a < 200; a++) z += w[200 * i + a]! * x[200 * row + a]!;
      return Math.cos(z);
    });
    const expected = Float64Array.from({ length: 8000 }, (_, at) => {
      const [o, j] = [Math.floor(at / 200), at % 200];
      const term = (i: number) => c[40 * i + o]! * w[200 * i + j]! * slope[i]!;
      return scale * (term(0) + term(1) + term(2));
    });
    // z is a sum of 200 terms of size up to 5, whose rounding the cosine passes on.
    const part = got.subarray(8000 * row, 8000 * (row + 1));
    expect(difference(part, expected)).toBeLessThan(2e-13);
  }
});
