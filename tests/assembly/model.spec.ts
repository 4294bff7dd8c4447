import { elementAddress, packedBytes } from "../../assembly/linalg/packed";
import { DEPTH } from "../../assembly/linalg/blocking";
import { ActivationKind, activateJet } from "../../assembly/activations/activation";
import { jacobianProduct, secondDerivative as secondAlong } from "../../assembly/model/along";
import { hessianBlocks } from "../../assembly/model/blocks";
import { objective } from "../../assembly/model/objective";
import { forward } from "../../assembly/model/forward";
import { hessian, hessianPanelBytes } from "../../assembly/model/hessian";
import { inputGradient, inputGradientBytes, inputGradientSamples } from "../../assembly/model/inputGradient";
import { jacobianPanels, jacobianToRows, panelDepth } from "../../assembly/model/jacobian";
import { jet as jetOf, jetBytes } from "../../assembly/model/jets";
import { GRADIENT_SAMPLES, NEURON_BLOCK, SAMPLE_BLOCK } from "../../assembly/model/blocking";
import { outputScale, scaledGamma, toColumns, toRows } from "../../assembly/model/layout";
import { Point, pointBytes, pointSet } from "../../assembly/model/point";
import { blockSize, problemBytes, problemSet, workBytes } from "../../assembly/model/problem";
import { jacobianTranspose } from "../../assembly/model/transpose";
import {
  begin, allocate, allocateNumbers, fillUniform, get, put, release, releaseNumbers, sameBits, seed, uniform,
} from "./support";

/**
 * A problem, and sigma and its derivatives for every neuron and sample, by plain loops (n x m,
 * row-major).
 */
let n = 0, d = 0, k = 1, m = 0, ldx = 0, parameters = 0, rows = 0, scale = 0.0;
let theta: usize = 0, inputs: usize = 0, x: usize = 0, f: usize = 0, y: usize = 0, r: usize = 0;
let bound: usize = 0, point: usize = 0, jets: usize = 0, work: usize = 0, kept = 0;
/** Outputs of the problems to come, and neurons whose jets are kept. */
let outputs = 1, keep = 0;
let s0: usize = 0, s1: usize = 0, s2: usize = 0;
const jet = heap.alloc(64);

function problem(kind: i32, neurons: i32, dimensions: i32, samples: i32): void {
  seed(neurons + 101 * dimensions + 10007 * samples);
  n = neurons;
  d = dimensions;
  k = outputs;
  kept = min(keep, n);
  m = samples;
  ldx = (samples + 1) & ~1;
  parameters = n * (d + 1 + k);
  rows = k * ldx;
  scale = outputScale(<f64>n, 0.52);
  theta = allocateNumbers(parameters);
  inputs = allocateNumbers(m * d);
  x = allocateNumbers(d * ldx);
  f = allocateNumbers(rows);
  y = allocateNumbers(rows);
  r = allocateNumbers(rows);
  s0 = allocateNumbers(n * m);
  s1 = allocateNumbers(n * m);
  s2 = allocateNumbers(n * m);
  for (let i = 0; i < parameters; i++) put(theta, i, 1.5 * uniform());
  fillUniform(m * d, inputs);
  for (let i = 0; i < rows; i++) put(r, i, i % ldx < m ? uniform() : 0.0);
  toColumns(m, d, inputs, ldx, x);
  fillUniform(rows, y);
  bound = allocate(<f64>problemBytes());
  point = allocate(<f64>pointBytes());
  jets = allocate(<f64>kept * jetBytes(m));
  work = allocate(workBytes(n, d, k, m));
  problemSet(bound, kind, n, d, k, m, ldx, scale, x, y, work);
  pointSet(point, bound, theta, f, r, 0, jets, kept);
  forward(point, begin(), Infinity);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < m; j++) {
      let z = get(theta, n * d + i);
      for (let a = 0; a < d; a++) z += get(theta, i * d + a) * get(inputs, j * d + a);
      v128.store(jet, f64x2.splat(z));
      activateJet(kind, 2, jet, jet + 16, jet + 32, jet + 48);
      put(s0, i * m + j, get(jet, 2));
      put(s1, i * m + j, get(jet, 4));
      put(s2, i * m + j, get(jet, 6));
    }
  }
}

/** f, the residual and the loss of the point. */
function evaluate(): f64 {
  forward(point, begin(), Infinity);
  return objective(point);
}

/** Frees the problem; were its arrays only read? */
function done(): bool {
  const intact = releaseNumbers(theta, parameters) && releaseNumbers(inputs, m * d) && releaseNumbers(x, d * ldx);
  const plain = releaseNumbers(s0, n * m) && releaseNumbers(s1, n * m);
  const both = release(bound, <f64>problemBytes()) && release(point, <f64>pointBytes());
  const values = releaseNumbers(f, rows) && releaseNumbers(y, rows) && release(jets, <f64>kept * jetBytes(m));
  const scratch = release(work, workBytes(n, d, k, m));
  return releaseNumbers(s2, n * m) && releaseNumbers(r, rows) && intact && plain && both && values && scratch;
}

function c(i: i32, o: i32): f64 {
  return get(theta, n * (d + 1) + i * k + o);
}

/** Entry of the Jacobian for output o and sample j, multiplied in the order of its kernel */
function jacobianEntry(o: i32, j: i32, p: i32): f64 {
  const i = neuronOf(p), local = localOf(p);
  if (local < d) return scale * c(i, o) * get(s1, i * m + j) * get(inputs, j * d + local);
  if (local == d) return scale * c(i, o) * get(s1, i * m + j);
  return local == d + 1 + o ? scale * get(s0, i * m + j) : 0.0;
}

/** Neuron of parameter p, and its place among (w_1 .. w_d, eta, c_1 .. c_k) */
function neuronOf(p: i32): i32 {
  if (p < n * d) return p / d;
  return p < n * (d + 1) ? p - n * d : (p - n * (d + 1)) / k;
}

function localOf(p: i32): i32 {
  if (p < n * d) return p % d;
  return p < n * (d + 1) ? d : d + 1 + (p - n * (d + 1)) % k;
}

/** The second derivative of f_o at sample j in the local parameters a >= b of neuron i. */
function secondDerivative(o: i32, j: i32, i: i32, a: i32, b: i32): f64 {
  if (b > d || (a > d && a != d + 1 + o)) return 0.0;
  const xb = b < d ? get(inputs, j * d + b) : 1.0;
  if (a > d) return scale * get(s1, i * m + j) * xb;
  const xa = a < d ? get(inputs, j * d + a) : 1.0;
  return scale * c(i, o) * get(s2, i * m + j) * xa * xb;
}

/** Is |got - expected| within `count` roundings of the sum of magnitudes? NaN is not. */
function within(got: f64, expected: f64, magnitude: f64, count: i32): bool {
  return Math.abs(got - expected) <= <f64>count * f64.EPSILON * magnitude;
}

function forwardIsScalar(kind: i32, neurons: i32, dimensions: i32, samples: i32): bool {
  problem(kind, neurons, dimensions, samples);
  let right = true;
  for (let o = 0; o < k; o++) {
    for (let j = 0; j < ldx; j++) {
      let sum = 0.0, magnitude = 0.0;
      for (let i = 0; i < n && j < m; i++) {
        const term = scale * c(i, o) * get(s0, i * m + j);
        sum += term;
        magnitude += Math.abs(term);
      }
      right = right && within(get(f, o * ldx + j), sum, magnitude, n + 4);
    }
  }
  return done() && right;
}

/** J^T r / m and the blocks S_i against sums over samples. */
function gradientIsScalar(kind: i32, neurons: i32, dimensions: i32, samples: i32): bool {
  problem(kind, neurons, dimensions, samples);
  const size = blockSize(d, k);
  const g = allocateNumbers(parameters), blocks = allocateNumbers(n * size);
  jacobianTranspose(point, r, 1.0 / <f64>m, g, 0, n);
  hessianBlocks(point, blocks, 0, n);
  let right = true;
  for (let p = 0; p < parameters; p++) {
    let sum = 0.0, magnitude = 0.0;
    for (let o = 0; o < k; o++) {
      for (let j = 0; j < m; j++) {
        const term = jacobianEntry(o, j, p) * get(r, o * ldx + j) / <f64>m;
        sum += term;
        magnitude += Math.abs(term);
      }
    }
    right = right && within(get(g, p), sum, magnitude, m * k + 8);
  }
  for (let i = 0; i < n; i++) {
    let entry = i * size;
    for (let a = 0; a < d + 1 + k; a++) {
      for (let b = 0; b <= a; b++) {
        let sum = 0.0, magnitude = 0.0;
        for (let o = 0; o < k; o++) {
          for (let j = 0; j < m; j++) {
            const term = secondDerivative(o, j, i, a, b) * get(r, o * ldx + j) / <f64>m;
            sum += term;
            magnitude += Math.abs(term);
          }
        }
        right = right && within(get(blocks, entry), sum, magnitude, m * k + 8);
        entry += 1;
      }
    }
  }
  const intact = releaseNumbers(g, parameters) && releaseNumbers(blocks, n * size);
  return done() && intact && right;
}

/** J p and the second derivative along p against sums over parameters. */
function alongIsScalar(kind: i32, neurons: i32, dimensions: i32, samples: i32): bool {
  problem(kind, neurons, dimensions, samples);
  const p = allocateNumbers(parameters), first = allocateNumbers(rows), second = allocateNumbers(rows);
  fillUniform(parameters, p);
  jacobianProduct(point, p, first, begin(), Infinity);
  secondAlong(point, p, second, begin(), Infinity);
  let right = true;
  for (let o = 0; o < k; o++) {
    for (let j = 0; j < m; j++) {
      let sum = 0.0, magnitude = 0.0, bend = 0.0, bendMagnitude = 0.0;
      for (let a = 0; a < parameters; a++) {
        const term = jacobianEntry(o, j, a) * get(p, a);
        sum += term;
        magnitude += Math.abs(term);
        for (let b = 0; b < parameters; b++) {
          if (neuronOf(a) != neuronOf(b)) continue;
          const high = max(localOf(a), localOf(b)), low = min(localOf(a), localOf(b));
          const square = secondDerivative(o, j, neuronOf(a), high, low) * get(p, a) * get(p, b);
          bend += square;
          bendMagnitude += Math.abs(square);
        }
      }
      right = right && within(get(first, o * ldx + j), sum, magnitude, parameters + 8);
      right = right && within(get(second, o * ldx + j), bend, bendMagnitude, parameters * (d + 4) + 8);
    }
  }
  const intact = releaseNumbers(p, parameters) && releaseNumbers(first, rows) && releaseNumbers(second, rows);
  return done() && intact && right;
}

/** Panels entry by entry, to the bit, zeros in the padding; and the rows made of them. */
function jacobianIsScalar(kind: i32, neurons: i32, dimensions: i32, samples: i32): bool {
  problem(kind, neurons, dimensions, samples);
  const depth = panelDepth(m), padded = (parameters + 3) & ~3;
  const panels = allocateNumbers(padded * depth), full = allocateNumbers(m * parameters);
  let right = true;
  for (let o = 0; o < k; o++) {
    jacobianPanels(point, o, 0, m, panels);
    jacobianToRows(parameters, m, panels, full, <usize>parameters << 3);
    for (let p = 0; p < padded; p++) {
      for (let j = 0; j < depth; j++) {
        const expected = p < parameters && j < m ? jacobianEntry(o, j, p) : 0.0;
        right = right && get(panels, (p >> 2) * 4 * depth + 4 * j + (p & 3)) == expected;
        if (p < parameters && j < m) right = right && get(full, j * parameters + p) == expected;
      }
    }
  }
  const intact = releaseNumbers(panels, padded * depth) && releaseNumbers(full, m * parameters);
  return done() && intact && right;
}

/** H = J^T J / m + S, and J^T J / m without blocks, every entry. */
function hessianIsScalar(kind: i32, neurons: i32, dimensions: i32, samples: i32): bool {
  problem(kind, neurons, dimensions, samples);
  const size = blockSize(d, k), matrixBytes = packedBytes(parameters), panelBytes = hessianPanelBytes(<f64>parameters, m);
  const blocks = allocateNumbers(n * size);
  const h = allocate(matrixBytes), gaussNewton = allocate(matrixBytes), panels = allocate(panelBytes);
  hessianBlocks(point, blocks, 0, n);
  hessian(point, 0, blocks, h, panels, begin(), Infinity);
  hessian(point, 0, 0, gaussNewton, panels, begin(), Infinity);
  let right = true;
  for (let p = 0; p < parameters; p++) {
    for (let q = 0; q <= p; q++) {
      let outer = 0.0, bend = 0.0, outerMagnitude = 0.0, bendMagnitude = 0.0;
      const same = neuronOf(p) == neuronOf(q);
      for (let o = 0; o < k; o++) {
        for (let j = 0; j < m; j++) {
          const term = jacobianEntry(o, j, p) * jacobianEntry(o, j, q) / <f64>m;
          outer += term;
          outerMagnitude += Math.abs(term);
          if (!same) continue;
          const second = get(r, o * ldx + j) * secondDerivative(o, j, neuronOf(p), localOf(p), localOf(q)) / <f64>m;
          bend += second;
          bendMagnitude += Math.abs(second);
        }
      }
      const address = elementAddress<f64>(h, p, q) - h;
      right = right && within(load<f64>(gaussNewton + address), outer, outerMagnitude, m * k + 8);
      right = right && within(load<f64>(h + address), outer + bend, outerMagnitude + bendMagnitude, m * k + 8);
    }
  }
  const matrices = release(h, matrixBytes) && release(gaussNewton, matrixBytes) && release(panels, panelBytes);
  const intact = releaseNumbers(blocks, n * size);
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

describe("toColumns and toRows", () => {
  it("put sample j of column k at row k, column j, zeros behind, and back", () => {
    for (let columns = 1; columns <= 5; columns++) {
      for (let samples = 1; samples <= 20; samples++) {
        const padded = (samples + 1) & ~1;
        const from = allocateNumbers(samples * columns), to = allocateNumbers(columns * padded);
        const back = allocateNumbers(samples * columns);
        fillUniform(samples * columns, from);
        toColumns(samples, columns, from, padded, to);
        toRows(samples, columns, to, padded, back);
        let right = sameBits(samples * columns, from, back);
        for (let a = 0; a < columns; a++) {
          for (let j = 0; j < padded; j++) {
            right = right && get(to, a * padded + j) == (j < samples ? get(from, j * columns + a) : 0.0);
          }
        }
        const intact = releaseNumbers(from, samples * columns) && releaseNumbers(back, samples * columns);
        expect<bool>(releaseNumbers(to, columns * padded) && intact && right).toBe(true);
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

describe("forward and objective", () => {
  it("makes f, the residual f - y with zeros behind, and the loss, half its mean square", () => {
    for (outputs = 1; outputs <= 3; outputs++) {
      for (keep = 0; keep <= 1; keep++) {
        for (let samples = 1; samples <= SAMPLE_BLOCK + 2; samples += samples < 20 ? 1 : 41) {
          problem(ActivationKind.TANH, 2, 1, samples);
          const before = allocateNumbers(rows);
          memory.copy(before, f, <usize>rows << 3);
          fillUniform(rows, f);
          const loss = evaluate();
          let sum = 0.0, right = sameBits(rows, f, before);
          for (let j = 0; j < rows; j++) {
            const expected = j % ldx < samples ? get(f, j) - get(y, j) : 0.0;
            right = right && get(r, j) == expected;
            sum += expected * expected;
          }
          right = right && within(loss, sum / (2.0 * <f64>samples), loss, samples * k + 4);
          const intact = releaseNumbers(before, rows);
          expect<bool>(done() && intact && right).toBe(true);
        }
      }
    }
    outputs = 1;
    keep = 0;
  });
  it("passes NaN and overflow on", () => {
    problem(ActivationKind.TANH, 1, 1, 4);
    put(y, 2, NaN);
    expect<bool>(isNaN(evaluate())).toBe(true);
    put(y, 2, 1e200);
    expect<f64>(evaluate()).toBe(Infinity);
    expect<bool>(done()).toBe(true);
  });
});

describe("jacobianTranspose and hessianBlocks", () => {
  it("is the gradient and the blocks S_i for odd and even sizes", () => {
    for (let inputs = 1; inputs <= 4; inputs++) {
      for (let neurons = 1; neurons <= 5; neurons++) {
        for (let samples = 1; samples <= 9; samples++) {
          expect<bool>(gradientIsScalar(ActivationKind.TANH, neurons, inputs, samples)).toBe(true);
        }
      }
    }
  });
  it("is so around the edges of its blocks of samples", () => {
    for (let i = 0; i < blockEdges.length; i++) {
      expect<bool>(gradientIsScalar(ActivationKind.TANH, 3, 3, blockEdges[i])).toBe(true);
    }
  });
  it("takes every activation", () => {
    for (let kind = 0; kind <= ActivationKind.RELU; kind++) expect<bool>(gradientIsScalar(kind, 5, 2, 11)).toBe(true);
  });
});

describe("jacobianProduct and secondDerivative", () => {
  it("are sums over parameters for odd and even sizes", () => {
    for (let dimensions = 1; dimensions <= 3; dimensions++) {
      for (let neurons = 1; neurons <= 5; neurons++) {
        for (let samples = 1; samples <= 9; samples++) {
          expect<bool>(alongIsScalar(ActivationKind.TANH, neurons, dimensions, samples)).toBe(true);
        }
      }
    }
    expect<bool>(alongIsScalar(ActivationKind.TANH, NEURON_BLOCK + 1, 1, 3)).toBe(true);
    for (let kind = 0; kind <= ActivationKind.RELU; kind++) expect<bool>(alongIsScalar(kind, 5, 2, 11)).toBe(true);
  });
});

describe("several outputs, and jets that are kept", () => {
  it("change nothing but the shapes", () => {
    for (outputs = 1; outputs <= 3; outputs++) {
      for (keep = 0; keep <= 6; keep += 2) {
        for (let samples = 1; samples <= 7; samples++) {
          expect<bool>(forwardIsScalar(ActivationKind.TANH, 5, 2, samples)).toBe(true);
          expect<bool>(gradientIsScalar(ActivationKind.TANH, 5, 2, samples)).toBe(true);
          expect<bool>(gradientIsScalar(ActivationKind.TANH, 4, 2, samples)).toBe(true);
          expect<bool>(alongIsScalar(ActivationKind.TANH, 4, 2, samples)).toBe(true);
          expect<bool>(alongIsScalar(ActivationKind.TANH, 5, 2, samples)).toBe(true);
          expect<bool>(jacobianIsScalar(ActivationKind.TANH, 5, 2, samples)).toBe(true);
          expect<bool>(hessianIsScalar(ActivationKind.TANH, 5, 2, samples)).toBe(true);
        }
        expect<bool>(gradientIsScalar(ActivationKind.TANH, 5, 1, SAMPLE_BLOCK + 3)).toBe(true);
        expect<bool>(alongIsScalar(ActivationKind.TANH, 3, 1, SAMPLE_BLOCK + 3)).toBe(true);
      }
    }
    outputs = 1;
    keep = 0;
  });
  it("change nothing around the depth of one pass over the samples and the edges of blocks", () => {
    for (outputs = 1; outputs <= 2; outputs++) {
      for (keep = 0; keep <= 4; keep += 2) {
        for (let i = 0; i < depthEdges.length; i++) {
          expect<bool>(hessianIsScalar(ActivationKind.TANH, 3, 1, depthEdges[i])).toBe(true);
          expect<bool>(hessianIsScalar(ActivationKind.TANH, 4, 1, blockEdges[i])).toBe(true);
        }
      }
    }
    outputs = 1;
    keep = 0;
  });
  it("serve any even samples of one block, wherever they begin", () => {
    for (keep = 0; keep <= 3; keep++) {
      problem(ActivationKind.TANH, 3, 2, SAMPLE_BLOCK + 40);
      const scratch = allocateNumbers(3 * SAMPLE_BLOCK + 24);
      const at = changetype<Point>(point),
        row = at.problem.row;
      let right = true;
      for (let first = 0; first < m; first += 38) {
        const count = min(36, first < SAMPLE_BLOCK ? SAMPLE_BLOCK - first : m - first);
        for (let i = 0; i < n; i++) {
          const got = jetOf(at, i, first, count, scratch);
          for (let j = 0; j < count; j++) {
            const entry = i * m + first + j;
            right = right && get(got, j) == get(s0, entry) && get(got + row, j) == get(s1, entry);
            right = right && get(got + 2 * row, j) == get(s2, entry);
          }
        }
      }
      expect<bool>(releaseNumbers(scratch, 3 * SAMPLE_BLOCK + 24) && done() && right).toBe(true);
    }
    keep = 0;
  });
  it("are refused across the edge of a block, and for odd samples", () => {
    problem(ActivationKind.TANH, 1, 1, SAMPLE_BLOCK + 40);
    expect(() => {
      jetOf(changetype<Point>(point), 0, SAMPLE_BLOCK - 2, 4, work);
    }).toThrow("the jets of one neuron lie block by block");
    expect(() => {
      jetOf(changetype<Point>(point), 0, 1, 4, work);
    }).toThrow("two samples are made at a time");
    expect<bool>(done()).toBe(true);
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

/** Is every df_o/dx_j within a rounding a neuron of its magnitude, with `step` samples a call? */
function inputGradientIsScalar(kind: i32, neurons: i32, dimensions: i32, samples: i32, step: i32): bool {
  problem(kind, neurons, dimensions, samples);
  const size = k * d;
  let right = true;
  for (let first = 0; first < m; first += step) {
    const count = min(step, m - first);
    const got = allocateNumbers(count * size), scratch = allocate(inputGradientBytes(d, k, m, count));
    inputGradient(point, first, count, got, scratch);
    for (let row = 0; row < count; row++) {
      for (let o = 0; o < k; o++) {
        for (let a = 0; a < d; a++) {
          let sum = 0.0, magnitude = 0.0;
          for (let i = 0; i < n; i++) {
            const term = c(i, o) * get(theta, i * d + a) * get(s1, i * m + first + row);
            sum += term;
            magnitude += Math.abs(term);
          }
          const entry = get(got, row * size + o * d + a);
          right = right && within(entry, scale * sum, scale * magnitude, n + 4);
        }
      }
    }
    right = releaseNumbers(got, count * size) && release(scratch, inputGradientBytes(d, k, m, count)) && right;
  }
  return done() && right;
}

describe("inputGradient", () => {
  it("is the sum over neurons for odd and even sizes, with one output and several", () => {
    for (outputs = 1; outputs <= 3; outputs++) {
      for (let inputs = 1; inputs <= 5; inputs++) {
        for (let samples = 1; samples <= 9; samples++) {
          const width = inputs + samples;
          expect<bool>(inputGradientIsScalar(ActivationKind.TANH, width, inputs, samples, 64)).toBe(true);
        }
      }
    }
    outputs = 1;
  });
  it("is so around the blocks of samples and of neurons, in one call and in several", () => {
    outputs = 2;
    for (let more = -1; more <= 1; more++) {
      const width = NEURON_BLOCK + more;
      for (let blocks = 1; blocks <= 3; blocks++) {
        const samples = blocks * GRADIENT_SAMPLES + more;
        expect<bool>(inputGradientIsScalar(ActivationKind.SIN, width, 3, samples, GRADIENT_SAMPLES)).toBe(true);
        expect<bool>(inputGradientIsScalar(ActivationKind.SIN, width, 3, samples, 1024)).toBe(true);
      }
      expect<bool>(inputGradientIsScalar(ActivationKind.SIN, 3, 2, SAMPLE_BLOCK + more, 1024)).toBe(true);
    }
    outputs = 1;
  });
  it("takes jets that are kept, and every activation", () => {
    keep = 2;
    for (let kind = 0; kind <= ActivationKind.RELU; kind++) {
      expect<bool>(inputGradientIsScalar(kind, 5, 2, SAMPLE_BLOCK + 7, 1024)).toBe(true);
    }
    keep = 0;
  });
  it("takes whole blocks of samples in a call, fewer where a sample has more values", () => {
    expect<i32>(inputGradientSamples(1, 1)).toBe(32 * GRADIENT_SAMPLES);
    expect<i32>(inputGradientSamples(4096, 1)).toBe(16 * GRADIENT_SAMPLES);
    expect<i32>(inputGradientSamples(1 << 20, 1 << 16)).toBe(4);
  });
  it("takes fewer samples at a time where one has very many values", () => {
    outputs = 512;
    expect<i32>(inputGradientSamples(513, outputs)).toBe(8);
    expect<bool>(inputGradientIsScalar(ActivationKind.SIN, 2, 513, 11, 8)).toBe(true);
    outputs = 1;
  });
  it("refuses samples that it does not have", () => {
    problem(ActivationKind.TANH, 2, 1, 70);
    expect(() => { inputGradient(point, 2, 4, f, work); }).toThrow("within a block");
    expect(() => { inputGradient(point, 64, 7, f, work); }).toThrow("beyond the last");
    expect<bool>(done()).toBe(true);
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
