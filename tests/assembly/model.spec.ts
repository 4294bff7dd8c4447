import { elementAddress, packedBytes } from "../../assembly/linalg/packed";
import { DEPTH } from "../../assembly/linalg/syrk";
import { ActivationKind, activateJet } from "../../assembly/model/activation";
import { forward, forwardScratchBytes, residual } from "../../assembly/model/forward";
import { blockSize, linearize, linearizeScratchBytes } from "../../assembly/model/gradient";
import { hessian, hessianPanelBytes } from "../../assembly/model/hessian";
import { jacobianPanels, jacobianScratchBytes, jacobianToFull, panelDepth } from "../../assembly/model/jacobian";
import { NEURON_BLOCK, SAMPLE_BLOCK, outputScale, scaledGamma, transposeInputs } from "../../assembly/model/layout";
import {
  allocate, allocateNumbers, fillUniform, get, put, release, releaseNumbers, sameBits, seed, uniform,
} from "./support";

/** A problem, and sigma and its derivatives for every neuron and sample, by plain loops (n x m, row-major). */
let n = 0, d = 0, m = 0, ldx = 0, parameters = 0, scale = 0.0;
let theta: usize = 0, rows: usize = 0, x: usize = 0, r: usize = 0;
let s0: usize = 0, s1: usize = 0, s2: usize = 0;
const jet = heap.alloc(64);

function problem(kind: i32, neurons: i32, inputs: i32, samples: i32): void {
  seed(neurons + 101 * inputs + 10007 * samples);
  n = neurons;
  d = inputs;
  m = samples;
  ldx = (samples + 1) & ~1;
  parameters = n * (d + 2);
  scale = outputScale(<f64>n, 0.52);
  theta = allocateNumbers(parameters);
  rows = allocateNumbers(m * d);
  x = allocateNumbers(d * ldx);
  r = allocateNumbers(ldx);
  s0 = allocateNumbers(n * m);
  s1 = allocateNumbers(n * m);
  s2 = allocateNumbers(n * m);
  for (let i = 0; i < parameters; i++) put(theta, i, 1.5 * uniform());
  fillUniform(m * d, rows);
  for (let i = 0; i < ldx; i++) put(r, i, i < m ? uniform() : 0.0);
  transposeInputs(m, d, rows, ldx, x);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < m; j++) {
      let z = get(theta, n * d + i);
      for (let k = 0; k < d; k++) z += get(theta, i * d + k) * get(rows, j * d + k);
      v128.store(jet, f64x2.splat(z));
      activateJet(kind, 2, jet, jet + 16, jet + 32, jet + 48);
      put(s0, i * m + j, get(jet, 2));
      put(s1, i * m + j, get(jet, 4));
      put(s2, i * m + j, get(jet, 6));
    }
  }
}

/** Frees the problem; were its arrays only read? */
function done(): bool {
  const intact = releaseNumbers(theta, parameters) && releaseNumbers(rows, m * d) && releaseNumbers(x, d * ldx);
  const jets = releaseNumbers(s0, n * m) && releaseNumbers(s1, n * m);
  return releaseNumbers(s2, n * m) && releaseNumbers(r, ldx) && intact && jets;
}

function c(i: i32): f64 {
  return get(theta, n * (d + 1) + i);
}

/** Entry (j, p) of the Jacobian, multiplied in the order of its kernel */
function jacobianEntry(j: i32, p: i32): f64 {
  if (p < n * d) return scale * c(p / d) * get(s1, (p / d) * m + j) * get(rows, j * d + (p % d));
  const i = (p - n * d) % n;
  return p < n * (d + 1) ? scale * c(i) * get(s1, i * m + j) : scale * get(s0, i * m + j);
}

/** Neuron of parameter p, and its place among (w_1 .. w_d, eta, c) */
function neuronOf(p: i32): i32 {
  return p < n * d ? p / d : (p - n * d) % n;
}

function localOf(p: i32): i32 {
  return p < n * d ? p % d : d + (p - n * d) / n;
}

/** One sample's second derivative of f in the local parameters a >= b of neuron i. */
function secondDerivative(j: i32, i: i32, a: i32, b: i32): f64 {
  if (b == d + 1) return 0.0;
  const xb = b < d ? get(rows, j * d + b) : 1.0;
  if (a == d + 1) return scale * get(s1, i * m + j) * xb;
  const xa = a < d ? get(rows, j * d + a) : 1.0;
  return scale * c(i) * get(s2, i * m + j) * xa * xb;
}

/** Is |got - expected| within `count` roundings of the sum of magnitudes? NaN is not. */
function within(got: f64, expected: f64, magnitude: f64, count: i32): bool {
  return Math.abs(got - expected) <= <f64>count * f64.EPSILON * magnitude;
}

function forwardIsScalar(kind: i32, neurons: i32, inputs: i32, samples: i32): bool {
  problem(kind, neurons, inputs, samples);
  const f = allocateNumbers(ldx), work = allocate(<f64>forwardScratchBytes());
  forward(kind, n, d, m, scale, theta, x, ldx, f, work);
  let right = true;
  for (let j = 0; j < m; j++) {
    let sum = 0.0, magnitude = 0.0;
    for (let i = 0; i < n; i++) {
      const term = scale * c(i) * get(s0, i * m + j);
      sum += term;
      magnitude += Math.abs(term);
    }
    right = right && within(get(f, j), sum, magnitude, n + 4);
  }
  const intact = releaseNumbers(f, ldx) && release(work, <f64>forwardScratchBytes());
  return done() && intact && right;
}

/** Gradient and blocks against sums over samples; the gradient has the same bits without blocks. */
function linearizeIsScalar(kind: i32, neurons: i32, inputs: i32, samples: i32): bool {
  problem(kind, neurons, inputs, samples);
  const size = blockSize(d), bytes = <f64>linearizeScratchBytes();
  const g = allocateNumbers(parameters), alone = allocateNumbers(parameters), blocks = allocateNumbers(n * size);
  const work = allocate(bytes);
  linearize(kind, n, d, m, scale, theta, x, ldx, r, g, blocks, work);
  linearize(kind, n, d, m, scale, theta, x, ldx, r, alone, 0, work);
  let right = sameBits(parameters, g, alone);
  for (let p = 0; p < parameters; p++) {
    let sum = 0.0, magnitude = 0.0;
    for (let j = 0; j < m; j++) {
      const term = jacobianEntry(j, p) * get(r, j) / <f64>m;
      sum += term;
      magnitude += Math.abs(term);
    }
    right = right && within(get(g, p), sum, magnitude, m + 8);
  }
  for (let i = 0; i < n; i++) {
    let entry = i * size;
    for (let a = 0; a < d + 2; a++) {
      for (let b = 0; b <= a; b++) {
        let sum = 0.0, magnitude = 0.0;
        for (let j = 0; j < m; j++) {
          const term = secondDerivative(j, i, a, b) * get(r, j) / <f64>m;
          sum += term;
          magnitude += Math.abs(term);
        }
        right = right && within(get(blocks, entry), sum, magnitude, m + 8);
        entry += 1;
      }
    }
  }
  const intact = releaseNumbers(g, parameters) && releaseNumbers(alone, parameters);
  return releaseNumbers(blocks, n * size) && release(work, bytes) && done() && intact && right;
}

/** Panels entry by entry, to the bit, zeros in the padding; and the full matrix made of them. */
function jacobianIsScalar(kind: i32, neurons: i32, inputs: i32, samples: i32): bool {
  problem(kind, neurons, inputs, samples);
  const depth = panelDepth(m), padded = (parameters + 3) & ~3, bytes = <f64>jacobianScratchBytes();
  const panels = allocateNumbers(padded * depth), full = allocateNumbers(m * parameters), work = allocate(bytes);
  jacobianPanels(kind, n, d, m, scale, theta, x, ldx, panels, work);
  jacobianToFull(parameters, m, panels, full);
  let right = true;
  for (let p = 0; p < padded; p++) {
    for (let j = 0; j < depth; j++) {
      const expected = p < parameters && j < m ? jacobianEntry(j, p) : 0.0;
      right = right && get(panels, (p >> 2) * 4 * depth + 4 * j + (p & 3)) == expected;
      if (p < parameters && j < m) right = right && get(full, j * parameters + p) == expected;
    }
  }
  const intact = releaseNumbers(panels, padded * depth) && releaseNumbers(full, m * parameters);
  return release(work, bytes) && done() && intact && right;
}

/** H = J^T J / m + S, and J^T J / m without blocks, every entry. */
function hessianIsScalar(kind: i32, neurons: i32, inputs: i32, samples: i32): bool {
  problem(kind, neurons, inputs, samples);
  const size = blockSize(d), matrixBytes = packedBytes(parameters), panelBytes = hessianPanelBytes(<f64>parameters, m);
  const workBytes = <f64>max(linearizeScratchBytes(), jacobianScratchBytes());
  const g = allocateNumbers(parameters), blocks = allocateNumbers(n * size), work = allocate(workBytes);
  const h = allocate(matrixBytes), gaussNewton = allocate(matrixBytes), panels = allocate(panelBytes);
  linearize(kind, n, d, m, scale, theta, x, ldx, r, g, blocks, work);
  hessian(kind, n, d, m, scale, theta, x, ldx, blocks, h, panels, work);
  hessian(kind, n, d, m, scale, theta, x, ldx, 0, gaussNewton, panels, work);
  let right = true;
  for (let p = 0; p < parameters; p++) {
    for (let q = 0; q <= p; q++) {
      let outer = 0.0, bend = 0.0, outerMagnitude = 0.0, bendMagnitude = 0.0;
      const same = neuronOf(p) == neuronOf(q);
      for (let j = 0; j < m; j++) {
        const term = jacobianEntry(j, p) * jacobianEntry(j, q) / <f64>m;
        outer += term;
        outerMagnitude += Math.abs(term);
        if (!same) continue;
        const second = get(r, j) * secondDerivative(j, neuronOf(p), localOf(p), localOf(q)) / <f64>m;
        bend += second;
        bendMagnitude += Math.abs(second);
      }
      const address = elementAddress<f64>(h, p, q) - h;
      right = right && within(load<f64>(gaussNewton + address), outer, outerMagnitude, m + 8);
      right = right && within(load<f64>(h + address), outer + bend, outerMagnitude + bendMagnitude, m + 8);
    }
  }
  const intact = releaseNumbers(g, parameters) && releaseNumbers(blocks, n * size) && release(work, workBytes);
  const matrices = release(h, matrixBytes) && release(gaussNewton, matrixBytes) && release(panels, panelBytes);
  return done() && intact && matrices && right;
}

const blockEdges: StaticArray<i32> = [
  SAMPLE_BLOCK - 1, SAMPLE_BLOCK, SAMPLE_BLOCK + 1, SAMPLE_BLOCK + 2, 2 * SAMPLE_BLOCK - 1, 2 * SAMPLE_BLOCK + 1,
];
const depthEdges: StaticArray<i32> = [DEPTH - 1, DEPTH, DEPTH + 1, DEPTH + 3, 2 * DEPTH, 2 * DEPTH + 1];

describe("outputScale and scaledGamma", () => {
  it("are n^-beta and gamma n^(1 - 2 beta)", () => {
    expect<f64>(outputScale(256.0, 0.75)).toBe(0.015625);
    expect<f64>(outputScale(1.0, 0.52)).toBe(1.0);
    expect<f64>(scaledGamma(3.0, 256.0, 0.75)).toBe(0.1875);
    expect<f64>(Math.abs(outputScale(1000.0, 0.52) / 0.027542287033381664 - 1.0)).toBeLessThanOrEqual(2.0 * f64.EPSILON);
  });
});

describe("transposeInputs", () => {
  it("puts sample j of input k at row k, column j, and zeros behind", () => {
    for (let inputs = 1; inputs <= 5; inputs++) {
      for (let samples = 1; samples <= 20; samples++) {
        const padded = (samples + 1) & ~1;
        const from = allocateNumbers(samples * inputs), to = allocateNumbers(inputs * padded);
        fillUniform(samples * inputs, from);
        transposeInputs(samples, inputs, from, padded, to);
        let right = true;
        for (let k = 0; k < inputs; k++) {
          for (let j = 0; j < padded; j++) {
            right = right && get(to, k * padded + j) == (j < samples ? get(from, j * inputs + k) : 0.0);
          }
        }
        expect<bool>(releaseNumbers(from, samples * inputs) && releaseNumbers(to, inputs * padded) && right).toBe(true);
      }
    }
  });
});

describe("forward", () => {
  it("is the sum over neurons for odd and even sizes", () => {
    for (let inputs = 1; inputs <= 4; inputs++) {
      for (let neurons = 1; neurons <= 9; neurons++) {
        for (let samples = 1; samples <= 9; samples++) {
          expect<bool>(forwardIsScalar(ActivationKind.TANH, neurons, inputs, samples)).toBe(true);
        }
      }
    }
  });
  it("is so around the edges of its blocks of samples and of neurons", () => {
    for (let i = 0; i < blockEdges.length; i++) {
      expect<bool>(forwardIsScalar(ActivationKind.TANH, 3, 2, blockEdges[i])).toBe(true);
    }
    for (let change = -1; change <= 1; change++) {
      expect<bool>(forwardIsScalar(ActivationKind.TANH, NEURON_BLOCK + change, 1, 5)).toBe(true);
      expect<bool>(forwardIsScalar(ActivationKind.TANH, 3 * NEURON_BLOCK + change, 7, 3)).toBe(true);
    }
  });
  it("takes every activation", () => {
    for (let kind = 0; kind <= ActivationKind.RELU; kind++) expect<bool>(forwardIsScalar(kind, 7, 3, 11)).toBe(true);
  });
});

describe("residual", () => {
  it("is f - y with zeros behind, in place too, and its half mean square the loss", () => {
    for (let samples = 1; samples <= SAMPLE_BLOCK + 2; samples += samples < 20 ? 1 : 41) {
      seed(samples);
      const padded = (samples + 1) & ~1;
      const f = allocateNumbers(padded), y = allocateNumbers(samples), out = allocateNumbers(padded);
      fillUniform(padded, f);
      fillUniform(samples, y);
      const loss = residual(samples, padded, f, y, out);
      let sum = 0.0, right = true;
      for (let j = 0; j < padded; j++) {
        const expected = j < samples ? get(f, j) - get(y, j) : 0.0;
        right = right && get(out, j) == expected;
        sum += expected * expected;
      }
      right = right && within(loss, sum / (2.0 * <f64>samples), loss, samples + 4);
      right = right && residual(samples, padded, f, y, f) == loss && sameBits(padded, f, out);
      const intact = releaseNumbers(f, padded) && releaseNumbers(y, samples);
      expect<bool>(releaseNumbers(out, padded) && intact && right).toBe(true);
    }
  });
  it("passes NaN and overflow on", () => {
    const f = allocateNumbers(4), y = allocateNumbers(4);
    for (let j = 0; j < 4; j++) {
      put(f, j, 0.0);
      put(y, j, j == 2 ? NaN : 0.0);
    }
    expect<bool>(isNaN(residual(4, 4, f, y, f))).toBe(true);
    put(f, 2, 0.0);
    put(y, 2, 1e200);
    expect<f64>(residual(4, 4, f, y, f)).toBe(Infinity);
    expect<bool>(releaseNumbers(f, 4) && releaseNumbers(y, 4)).toBe(true);
  });
});

describe("linearize", () => {
  it("is the gradient and the blocks S_i for odd and even sizes", () => {
    for (let inputs = 1; inputs <= 4; inputs++) {
      for (let neurons = 1; neurons <= 5; neurons++) {
        for (let samples = 1; samples <= 9; samples++) {
          expect<bool>(linearizeIsScalar(ActivationKind.TANH, neurons, inputs, samples)).toBe(true);
        }
      }
    }
  });
  it("is so around the edges of its blocks of samples", () => {
    for (let i = 0; i < blockEdges.length; i++) {
      expect<bool>(linearizeIsScalar(ActivationKind.TANH, 3, 3, blockEdges[i])).toBe(true);
    }
  });
  it("takes every activation", () => {
    for (let kind = 0; kind <= ActivationKind.RELU; kind++) expect<bool>(linearizeIsScalar(kind, 5, 2, 11)).toBe(true);
  });
});

describe("jacobianPanels", () => {
  it("is the Jacobian, to the bit, for odd and even sizes", () => {
    for (let inputs = 1; inputs <= 4; inputs++) {
      for (let neurons = 1; neurons <= 6; neurons++) {
        for (let samples = 1; samples <= 9; samples++) {
          expect<bool>(jacobianIsScalar(ActivationKind.TANH, neurons, inputs, samples)).toBe(true);
        }
      }
    }
    for (let samples = SAMPLE_BLOCK - 4; samples <= SAMPLE_BLOCK; samples++) {
      expect<bool>(jacobianIsScalar(ActivationKind.TANH, 3, 2, samples)).toBe(true);
    }
  });
});

describe("hessian", () => {
  it("is J^T J / m + S for odd and even sizes", () => {
    for (let inputs = 1; inputs <= 3; inputs++) {
      for (let neurons = 1; neurons <= 6; neurons++) {
        for (let samples = 1; samples <= 9; samples += 2) {
          expect<bool>(hessianIsScalar(ActivationKind.TANH, neurons, inputs, samples)).toBe(true);
        }
      }
    }
  });
  it("is so around the depth of one pass over the samples", () => {
    for (let i = 0; i < depthEdges.length; i++) {
      expect<bool>(hessianIsScalar(ActivationKind.TANH, 3, 2, depthEdges[i])).toBe(true);
    }
  });
  it("is so for more neurons and inputs", () => {
    expect<bool>(hessianIsScalar(ActivationKind.TANH, 33, 1, 17)).toBe(true);
    expect<bool>(hessianIsScalar(ActivationKind.TANH, 7, 7, 5)).toBe(true);
  });
  it("takes every activation", () => {
    for (let kind = 0; kind <= ActivationKind.RELU; kind++) expect<bool>(hessianIsScalar(kind, 5, 2, 11)).toBe(true);
  });
});
