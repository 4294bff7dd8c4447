/**
 * Random numbers and initial parameters against an independent generator and Box-Muller at 50
 * digits (philox.py).
 */
import { createHash } from "node:crypto";
import { afterAll, describe, expect, it } from "vitest";
import { createEngine, Network } from "../../bindings/index.js";
import { type CrossEngine, decode, EPS, flatten, readData, report } from "./support.js";

interface Reference {
  readonly vectors: readonly {
    readonly counter: readonly [number, number, number, number];
    readonly key: readonly [number, number];
    readonly block: readonly number[];
  }[];
  readonly parameters: readonly {
    readonly seed: number;
    readonly width: number;
    readonly inputs: number;
    readonly w: string;
    readonly eta: string;
    readonly c: string;
  }[];
}

const reference = readData<Reference>("philox.json");
const engine = await createEngine();
afterAll(() => engine.dispose());

async function initial(seed: number, width: number, inputs = 1) {
  using network = await Network.create({ seed, width, inputs, engine });
  return network.parameters;
}

describe("Philox4x32-10", () => {
  it("gives the known answers and those of the reference", () => {
    engine.scope((arena) => {
      const out = arena.bytes(16);
      for (const { counter, key, block } of reference.vectors) {
        engine.core.philox(...counter, ...key, out);
        expect([...new Uint32Array(engine.core.memory.buffer, out, 4)]).toEqual(block);
      }
    });
  });
});

describe("initial parameters", () => {
  for (const { seed, width, inputs, w, eta, c } of reference.parameters) {
    it(`are those of the documented scheme: seed ${seed}, N = ${width}, d = ${inputs}`, async () => {
      const got = await initial(seed, width, inputs);
      // One neuron more has the partner of the last value of an odd number.
      const wider = await initial(seed, width + 1, inputs);
      // The uniforms are exact. A normal is rounded twice in its angle (2 pi and the product, which
      // up to 2 pi costs 4 eps of the radius where the sine or cosine is small), and a few times in
      // radius and product.
      expect(got.c).toEqual(decode(c));
      let worst = 0;
      for (const [values, exact, partners] of [
        [got.w, decode(w), wider.w],
        [got.eta, decode(eta), wider.eta],
      ] as const) {
        expect(values.length).toBe(exact.length);
        for (let i = 0; i < exact.length; i++) {
          // The pair (2 b, 2 b + 1) shares a radius, to which an error of the angle is relative.
          const scale = Math.hypot(exact[i]!, partners[i ^ 1]!);
          worst = Math.max(worst, Math.abs(values[i]! - exact[i]!) / scale);
        }
      }
      report(`normals of seed ${seed}`, worst, 6 * EPS);
      expect(worst).toBeLessThanOrEqual(6 * EPS);
    });
  }

  it("of a width are the first of any wider network", async () => {
    const wide = await initial(7, 300, 3);
    for (const width of [1, 2, 3, 64, 65, 299]) {
      const narrow = await initial(7, width, 3);
      expect(narrow.w).toEqual(wide.w.slice(0, 3 * width));
      expect(narrow.eta).toEqual(wide.eta.slice(0, width));
      expect(narrow.c).toEqual(wide.c.slice(0, width));
    }
  });

  it("differ between seeds in every value, also when the seeds agree in their low or high 32 bits", async () => {
    const seeds = [0, 1, 2 ** 32, 2 ** 32 + 1, 2 ** 53 - 1];
    const all = await Promise.all(seeds.map(async (seed) => flatten(await initial(seed, 50))));
    for (let i = 0; i < 150; i++) {
      expect(new Set(all.map((theta) => theta[i])).size).toBe(seeds.length);
    }
  });

  it("have the bits that they always had", async () => {
    const { initial: golden } = readData<CrossEngine>("cross-engine.json");
    for (const [seed, { digest }] of Object.entries(golden)) {
      const theta = flatten(await initial(Number(seed), 1000));
      expect(createHash("sha256").update(theta).digest("hex")).toBe(digest);
    }
  });
});

/**
 * Sample size of the statistics, and how many standard errors a moment may be off: one seed in 10^7
 * would fail.
 */
const COUNT = 100_000;
const SIGMAS = 5.5;

/**
 * The distribution function of N(0, 1) by the series of Phi - 1/2 (Marsaglia, J. Stat. Softw.
 * 11(4), 2004).
 */
function normalDistribution(x: number): number {
  if (x < -8) return 0;
  if (x > 8) return 1;
  let sum = x;
  let term = x;
  for (let k = 3; Math.abs(term) > 1e-18; k += 2) {
    term *= (x * x) / k;
    sum += term;
  }
  return 0.5 + (sum * Math.exp((-x * x) / 2)) / Math.sqrt(2 * Math.PI);
}

/** The largest distance of the empirical distribution from the exact one. */
function kolmogorov(values: Float64Array, distribution: (x: number) => number): number {
  const sorted = values.slice().sort();
  let largest = 0;
  sorted.forEach((x, i) => {
    const exact = distribution(x);
    const above = (i + 1) / sorted.length - exact;
    largest = Math.max(largest, above, exact - i / sorted.length);
  });
  return largest;
}

/** Mean of x^power, and whether it is within SIGMAS standard errors of its expectation. */
function expectMoment(values: Float64Array, power: number, expected: number, variance: number) {
  const mean = values.reduce((sum, x) => sum + x ** power, 0) / values.length;
  const bound = SIGMAS * Math.sqrt(variance / values.length);
  expect(Math.abs(mean - expected), `moment ${power}`).toBeLessThanOrEqual(bound);
}

describe("10^5 initial values", async () => {
  const { w, eta, c } = await initial(2026, COUNT);
  // P(D > 2.2 / sqrt(n)) is 2 exp(-2 * 2.2^2) = 1.3e-4 (Kolmogorov).
  const bound = 2.2 / Math.sqrt(COUNT);

  for (const [name, values] of [
    ["w", w],
    ["eta", eta],
  ] as const) {
    it(`${name}: standard normal`, () => {
      // Variances of x, x^2, x^3, x^4: 1, 2, 15, 96.
      expectMoment(values, 1, 0, 1);
      expectMoment(values, 2, 1, 2);
      expectMoment(values, 3, 0, 15);
      expectMoment(values, 4, 3, 96);
      expect(kolmogorov(values, normalDistribution)).toBeLessThanOrEqual(bound);
    });
  }

  it("c: uniform on [-1, 1)", () => {
    expectMoment(c, 1, 0, 1 / 3);
    expectMoment(c, 2, 1 / 3, 1 / 5 - 1 / 9);
    expect(c.every((value) => value >= -1 && value < 1)).toBe(true);
    expect(kolmogorov(c, (x) => (x + 1) / 2)).toBeLessThanOrEqual(bound);
  });

  it("are uncorrelated between arrays and between neighbors", () => {
    const correlation = (a: Float64Array, b: Float64Array, lag: number) => {
      let sum = 0;
      for (let i = lag; i < COUNT; i++) sum += a[i]! * b[i - lag]!;
      return sum / COUNT;
    };
    const limit = SIGMAS / Math.sqrt(COUNT);
    expect(Math.abs(correlation(w, eta, 0))).toBeLessThanOrEqual(limit);
    expect(Math.abs(correlation(w, c, 0))).toBeLessThanOrEqual(limit);
    expect(Math.abs(correlation(eta, c, 0))).toBeLessThanOrEqual(limit);
    for (const values of [w, eta, c]) {
      expect(Math.abs(correlation(values, values, 1))).toBeLessThanOrEqual(limit);
      expect(Math.abs(correlation(values, values, 2))).toBeLessThanOrEqual(limit);
    }
  });
});
