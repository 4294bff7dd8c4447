/**
 * Networks and data of every size at which a block of some kernel begins or ends, and the model
 * written plainly.
 */
import fc from "fast-check";
import { type Dataset, type Engine, Network, type Parameters } from "../../bindings/index.js";

export const EPS = Number.EPSILON;

/**
 * Rows on both sides of the edges of blocks: vectors and panels (1, 2), those of Bunch-Kaufman and
 * of chunks (64, 128), one pass of syrk (256), a block of samples (512), and their multiples.
 */
export const EDGES = [
  1, 2, 63, 64, 65, 127, 128, 129, 255, 256, 257, 511, 512, 513, 1023, 1024, 1025, 2049,
] as const;

/** sigma, sigma', sigma'' by the host's functions. */
const JETS = {
  tanh: (z: number) => {
    const t = Math.tanh(z);
    return [t, 1 - t * t, -2 * t * (1 - t * t)];
  },
  sin: (z: number) => [Math.sin(z), Math.cos(z), -Math.sin(z)],
  sigmoid: (z: number) => {
    const s = 1 / (1 + Math.exp(-z));
    return [s, s * (1 - s), s * (1 - s) * (1 - 2 * s)];
  },
  softplus: (z: number) => {
    const s = 1 / (1 + Math.exp(-z));
    return [Math.log1p(Math.exp(z)), s, s * (1 - s)];
  },
} as const satisfies Record<string, (z: number) => number[]>;

export interface Size {
  readonly activation: keyof typeof JETS;
  readonly inputs: number;
  readonly outputs: number;
  readonly width: number;
  readonly samples: number;
  readonly seed: number;
}

export interface Limits {
  /**
   * Parameters above the number of values to be fitted too, where there are at most so many of
   * those.
   */
  readonly aboveUpTo: number;
  /** Most values to be fitted, M k. */
  readonly values?: number;
  /** Most parameters where they are fewer than the values. */
  readonly parameters?: number;
}

/**
 * Sizes with so many rows: 1 to 5 inputs, 1 to 3 outputs, fewer parameters than values to be
 * fitted, and more.
 */
export function sizes(samples: number, limits: Limits): fc.Arbitrary<Size> {
  const { aboveUpTo, values = 3 * samples, parameters = 60 } = limits;
  return fc
    .record({
      activation: fc.constantFrom(...(Object.keys(JETS) as Size["activation"][])),
      inputs: fc.integer({ min: 1, max: 5 }),
      outputs: fc.integer({ min: 1, max: Math.max(1, Math.min(3, Math.floor(values / samples))) }),
      above: fc.boolean(),
      more: fc.nat({ max: 3 }),
      seed: fc.nat({ max: 1000 }),
    })
    .map(({ above, more, ...rest }) => {
      const each = rest.inputs + 1 + rest.outputs;
      const rows = samples * rest.outputs;
      const many = above && rows <= aboveUpTo;
      const width = many
        ? Math.floor(rows / each) + 1 + more
        : Math.max(1, Math.min(Math.floor(rows / each), Math.floor(parameters / each)) - more);
      return { ...rest, samples, width };
    });
}

/**
 * Inputs and targets that look random and are the same everywhere; targets are large enough for
 * negative curvature.
 */
export function dataOf({ inputs, outputs, samples, seed }: Size): Dataset & {
  readonly x: Float64Array;
  readonly y: Float64Array;
} {
  const wave = (i: number) => Math.sin(12.9898 * (i + 1) + seed);
  return {
    x: Float64Array.from({ length: samples * inputs }, (_, i) => 1.5 * wave(i)),
    y: Float64Array.from({ length: samples * outputs }, (_, i) => 3 * wave(7 * i + 3)),
  };
}

export function create(size: Size, engine: Engine): Promise<Network> {
  const { samples: _, ...options } = size;
  return Network.create({ ...options, engine });
}

export function flatten({ w, eta, c }: Parameters): Float64Array {
  return Float64Array.from([...w, ...eta, ...c]);
}

export function unflatten(theta: Float64Array, { width, inputs }: Size): Parameters {
  const [eta, c] = [width * inputs, width * (inputs + 1)];
  return { w: theta.slice(0, eta), eta: theta.slice(eta, c), c: theta.slice(c) };
}

export interface Plain {
  /** M x k row-major. */
  readonly f: Float64Array;
  /** M k x P row-major. */
  readonly jacobian: Float64Array;
  readonly gradient: Float64Array;
  readonly loss: number;
  /** Row p of H = J^T J / M + S, and with `curvature` left out that of J^T J / M. */
  hessianRow(p: number, curvature: boolean): Float64Array;
}

/**
 * The model and its derivatives by their formulas, sample by sample, neuron by neuron:
 *
 *   f_o = N^-beta sum_i c_io sigma(z_i),  z_i = w_i . x + eta_i
 *   S_pq = 1/M sum_mo r_mo d^2 f_mo / dp dq
 */
export function plain(network: Network, size: Size): Plain {
  const { inputs, outputs, width, samples } = size;
  const { x, y } = dataOf(size);
  const { w, eta, c } = network.parameters;
  const count = network.parameterCount;
  const scale = width ** -network.beta;
  const f = new Float64Array(samples * outputs);
  const jacobian = new Float64Array(samples * outputs * count);
  const jets = new Float64Array(3 * samples * width);
  for (let m = 0; m < samples; m++) {
    for (let i = 0; i < width; i++) {
      let z = eta[i]!;
      for (let a = 0; a < inputs; a++) z += w[i * inputs + a]! * x[m * inputs + a]!;
      const [s0, s1, s2] = JETS[size.activation](z) as [number, number, number];
      jets.set([s0, s1, s2], 3 * (m * width + i));
      for (let o = 0; o < outputs; o++) {
        const row = (m * outputs + o) * count;
        const bend = scale * c[i * outputs + o]! * s1;
        f[m * outputs + o]! += scale * c[i * outputs + o]! * s0;
        for (let a = 0; a < inputs; a++) jacobian[row + i * inputs + a] = bend * x[m * inputs + a]!;
        jacobian[row + width * inputs + i] = bend;
        jacobian[row + width * (inputs + 1) + i * outputs + o] = scale * s0;
      }
    }
  }
  const r = f.map((value, at) => value - y[at]!);
  const gradient = new Float64Array(count);
  for (const [row, value] of r.entries()) {
    for (let p = 0; p < count; p++) gradient[p]! += (value * jacobian[row * count + p]!) / samples;
  }

  /** Neuron and place in it (inputs first, then eta, then outputs) of a parameter. */
  const placeOf = (p: number): [number, number] => {
    if (p < width * inputs) return [Math.floor(p / inputs), p % inputs];
    if (p < width * (inputs + 1)) return [p - width * inputs, inputs];
    const last = p - width * (inputs + 1);
    return [Math.floor(last / outputs), inputs + 1 + (last % outputs)];
  };

  function addCurvature(p: number, row: Float64Array): void {
    const [i, local] = placeOf(p);
    for (let q = 0; q < count; q++) {
      const [j, other] = placeOf(q);
      if (j !== i) continue;
      const [low, high] = [Math.min(local, other), Math.max(local, other)];
      if (low > inputs) continue;
      for (let m = 0; m < samples; m++) {
        const at = 3 * (m * width + i);
        const inner = (l: number) => (l < inputs ? x[m * inputs + l]! : 1);
        for (let o = 0; o < outputs; o++) {
          let second = 0;
          if (high <= inputs)
            second = c[i * outputs + o]! * jets[at + 2]! * inner(low) * inner(high);
          else if (high === inputs + 1 + o) second = jets[at + 1]! * inner(low);
          row[q]! += (scale * r[m * outputs + o]! * second) / samples;
        }
      }
    }
  }

  return {
    f,
    jacobian,
    gradient,
    loss: r.reduce((sum, value) => sum + value * value, 0) / (2 * samples),
    hessianRow(p, curvature) {
      const row = new Float64Array(count);
      for (let at = 0; at < jacobian.length; at += count) {
        const factor = jacobian[at + p]! / samples;
        if (factor === 0) continue;
        for (let q = 0; q < count; q++) row[q]! += factor * jacobian[at + q]!;
      }
      if (curvature) addCurvature(p, row);
      return row;
    },
  };
}

export function largest(values: ArrayLike<number>): number {
  let result = 0;
  for (let i = 0; i < values.length; i++) {
    const value = Math.abs(values[i]!);
    // A comparison with NaN is false, which would hide it.
    if (!(value <= result)) result = value;
  }
  return result;
}

/** max |a - b| over `size`, by default max |b|; NaN if any value is. */
export function difference(a: ArrayLike<number>, b: ArrayLike<number>, size = largest(b)): number {
  if (a.length !== b.length) throw new Error(`${a.length} values against ${b.length}`);
  return largest(Array.from(a, (value, i) => value - b[i]!)) / size;
}

/** Some of n indices, first and last among them. */
export function some(n: number, count: number): number[] {
  if (n <= count) return Array.from({ length: n }, (_, i) => i);
  return Array.from({ length: count }, (_, i) => Math.round((i * (n - 1)) / (count - 1)));
}
