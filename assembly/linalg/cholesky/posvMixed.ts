import { f64Address, f64At, isAligned, setF64 } from "../../memory";
import { axpy } from "../vector";
import {
  COLUMN_BYTES,
  elementAddress,
  packedBytesOf,
  paddedOrder,
  panelAddress,
  panelCount,
  panelRows,
} from "../packed";
import { MORE, Progress } from "../../parallel/progress";
import { spotrf } from "./potrf";
import { packedNorm, symv } from "../symv";

/**
 * Solution of (A + gamma I) x = b by a float32 factorization and float64 conjugate gradients
 * preconditioned with it.
 *
 * The factorization, which is nearly all of the work, runs in float32 at twice the lanes; the
 * iteration multiplies with the float64 matrix and stops on the float64 residual. With condition
 * numbers up to about 1e6 a handful of iterations suffice; beyond 1e7 the factorization or the
 * iteration fails, which is reported, and float64 has to do it.
 *
 * Higham and Mary, Mixed precision algorithms in numerical linear algebra, Acta Numerica 31 (2022),
 * section 7; conjugate gradients: Golub and Van Loan, 4th ed., 11.5.
 */

/**
 * Iterations after which float64 is the better way: each costs 2 n^2, the factorization it saves
 * n^3 / 3.
 */
const MAX_ITERATIONS: i32 = 40;

/** What `mixedSolve` returns that has failed. */
const FAILED: i32 = -2;

/** Operations of an iteration, in parts of n^2: its products run at memory speed. */
const ITERATION_COST = 8.0;

/** Bytes of the float32 factor. */
export function mixedFactorBytes(n: i32): f64 {
  return packedBytesOf<f32>(n);
}

/**
 * Bytes of the vectors, rdiag and z in float32, scale, r, p, q in float64, and of the iteration.
 */
export function mixedScratchBytes(n: i32): f64 {
  return <f64>paddedOrder<f32>(n) * 40.0 + <f64>offsetof<Iteration>();
}

/** Bytes of each of the vectors b and x of `mixedSolve`: whole panels of eight. */
export function mixedVectorBytes(n: i32): f64 {
  return 8.0 * <f64>paddedOrder<f32>(n);
}

@inline
function scaleVector(work: usize): usize {
  return work;
}

@inline
function reciprocals(n: i32, work: usize): usize {
  return work + ((<usize>paddedOrder<f32>(n)) << 5);
}

/** What the iteration carries from call to call, behind the vectors. */
@unmanaged
class Iteration {
  /** Norm of the residual, beside that of x, where it ends. */
  bound: f64;
  /** r . z */
  rz: f64;
}

@inline
function iterationOf(n: i32, work: usize): Iteration {
  return changetype<Iteration>(work + 5 * ((<usize>paddedOrder<f32>(n)) << 3));
}

/**
 * l := D (A + gamma I) D in float32, for `mixedFactor`, where D, powers of two, brings the diagonal
 * into [1, 4).
 *
 *   a     panel-packed lower float64, unchanged
 *   l     mixedFactorBytes(n)
 *   work  mixedScratchBytes(n); holds D and the reciprocal pivots for mixedSolve
 *   returns 0, or k + 1 when the diagonal has no positive finite value in place k
 */
export function mixedPrepare(n: i32, a: usize, gamma: f64, l: usize, work: usize): i32 {
  assert(n > 0 && isAligned(a | l | work, 16), "matrices and vectors, 16-byte aligned");
  const scale = scaleVector(work);
  const padded = paddedOrder<f32>(n);
  for (let p = 0; p < n; p++) {
    const diagonal = load<f64>(elementAddress<f64>(a, p, p)) + gamma;
    if (!(diagonal > 0.0 && diagonal < Infinity)) return p + 1;
    setF64(scale, p, inverseRootPower(diagonal));
  }
  for (let p = n; p < padded; p++) setF64(scale, p, 1.0);
  memory.fill(l, 0, <usize>mixedFactorBytes(n));
  for (let p = 0; p < n; p++) {
    const rowScale = f64At(scale, p);
    let source = elementAddress<f64>(a, p, 0);
    let target = elementAddress<f32>(l, p, 0);
    for (let q = 0; q < p; q++) {
      const value = load<f64>(source) * rowScale * f64At(scale, q);
      store<f32>(target, <f32>value);
      source += COLUMN_BYTES;
      target += COLUMN_BYTES;
    }
    store<f32>(target, <f32>((load<f64>(source) + gamma) * rowScale * rowScale));
  }
  for (let p = n; p < padded; p++) store<f32>(elementAddress<f32>(l, p, p), <f32>1.0);
  return 0;
}

/**
 * l := the Cholesky factor of what `mixedPrepare` put there.
 *
 *   returns 0, or k + 1 when pivot k is not positive in float32 arithmetic; or MORE
 */
export function mixedFactor(n: i32, l: usize, work: usize, progress: usize, flops: f64): i32 {
  return spotrf(n, l, reciprocals(n, work), progress, flops);
}

/** 2^k with x 4^k in [1, 4). */
function inverseRootPower(x: f64): f64 {
  const exponent = <i32>((reinterpret<u64>(x) >> 52) & 0x7ff) - 1023;
  const half = exponent >> 1;
  return reinterpret<f64>((<u64>(1023 - half)) << 52);
}

/**
 * x := (A + gamma I)^-1 b to the accuracy of a backward stable float64 solver.
 *
 *   x, b  n values, room for mixedVectorBytes(n); b keeps its values
 *   returns the number of iterations (0 for b = 0), FAILED when the residual did not fall below n
 *   eps |A| |x| or a direction of negative
 *           curvature was met: the float64 factorization has to decide; or MORE
 */
export function mixedSolve(
  n: i32,
  a: usize,
  gamma: f64,
  l: usize,
  b: usize,
  x: usize,
  work: usize,
  progress: usize,
  flops: f64,
): i32 {
  const at = changetype<Progress>(progress);
  at.left = flops;
  assert(n > 0 && isAligned(a | l | b | x | work, 16), "matrices and vectors, 16-byte aligned");
  assert(b != x, "b and x apart");
  const bytes = (<usize>paddedOrder<f32>(n)) << 3;
  const scale = scaleVector(work);
  const r = scale + bytes,
    p = r + bytes,
    q = p + bytes;
  const rdiag = reciprocals(n, work);
  const z = rdiag + (bytes >> 1);
  const carried = iterationOf(n, work);
  if (at.outer == 0) {
    carried.bound = <f64>n * f64.EPSILON * packedNorm(n, a, gamma);
    memory.fill(f64Address(b, n), 0, bytes - ((<usize>n) << 3));
    memory.fill(x, 0, bytes);
    memory.fill(q, 0, bytes);
    memory.copy(r, b, bytes);
    if (norm(n, r) == 0.0) return 0;
    carried.rz = precondition(n, l, rdiag, scale, r, z);
    memory.fill(p, 0, bytes);
    addPreconditioned(n, scale, z, 0.0, p);
  }
  const bound = carried.bound;
  while (at.outer < MAX_ITERATIONS) {
    if (at.left <= 0.0) return MORE;
    at.left -= ITERATION_COST * <f64>n * <f64>n;
    at.outer++;
    symv(n, a, gamma, p, q);
    const curvature = dot(n, p, q);
    // Also false for NaN.
    if (!(curvature > 0.0)) return FAILED;
    const alpha = carried.rz / curvature;
    axpy(n, alpha, p, x);
    axpy(n, -alpha, q, r);
    if (norm(n, r) <= bound * norm(n, x)) {
      // The recursive residual drifts; only the true one counts, and the iteration starts again
      // from it if it must.
      symv(n, a, gamma, x, q);
      for (let i: usize = 0; i < bytes; i += 16) {
        v128.store(r + i, f64x2.sub(v128.load(b + i), v128.load(q + i)));
      }
      if (norm(n, r) <= bound * norm(n, x)) return at.outer;
      carried.rz = precondition(n, l, rdiag, scale, r, z);
      addPreconditioned(n, scale, z, 0.0, p);
      continue;
    }
    const previous = carried.rz;
    carried.rz = precondition(n, l, rdiag, scale, r, z);
    addPreconditioned(n, scale, z, carried.rz / previous, p);
  }
  return FAILED;
}

/** z := (L L^T)^-1 D r in float32; returns r . D z. */
function precondition(n: i32, l: usize, rdiag: usize, scale: usize, r: usize, z: usize): f64 {
  // r is brought to the range of float32 by its own size.
  const size = norm(n, r);
  const inverse = 1.0 / size;
  const padded = paddedOrder<f32>(n);
  for (let i = 0; i < padded; i++) {
    const at = (<usize>i) << 3;
    store<f32>(z + (at >> 1), <f32>(load<f64>(r + at) * load<f64>(scale + at) * inverse));
  }
  spotrs(n, l, rdiag, z);
  let sum = 0.0;
  for (let i = 0; i < n; i++) {
    const at = (<usize>i) << 3;
    sum += load<f64>(r + at) * load<f64>(scale + at) * <f64>load<f32>(z + (at >> 1));
  }
  return sum;
}

/** p := beta p + D z */
function addPreconditioned(n: i32, scale: usize, z: usize, beta: f64, p: usize): void {
  for (let i = 0; i < n; i++) {
    const at = (<usize>i) << 3;
    store<f64>(
      p + at,
      beta * load<f64>(p + at) + load<f64>(scale + at) * <f64>load<f32>(z + (at >> 1)),
    );
  }
}

/** z := (L L^T)^-1 z in float32, z padded to a multiple of eight. */
function spotrs(n: i32, l: usize, rdiag: usize, z: usize): void {
  const panels = panelCount<f32>(n);
  const rows = panelRows<f32>();
  for (let panel = 0; panel < panels; panel++) {
    let column = panelAddress<f32>(l, panel);
    const own = z + <usize>panel * COLUMN_BYTES;
    let low = v128.load(own),
      high = v128.load(own, 16);
    for (let x = z; x < own; x += 4) {
      const value = v128.load32_splat(x);
      low = f32x4.sub(low, f32x4.mul(v128.load(column), value));
      high = f32x4.sub(high, f32x4.mul(v128.load(column, 16), value));
      column += COLUMN_BYTES;
    }
    v128.store(own, low);
    v128.store(own, high, 16);
    for (let j = 0; j < rows; j++) {
      const at = (<usize>j) << 2;
      const value = load<f32>(own + at) * load<f32>(rdiag + <usize>panel * COLUMN_BYTES + at);
      store<f32>(own + at, value);
      for (let i = j + 1; i < rows; i++) {
        const other = own + ((<usize>i) << 2);
        store<f32>(
          other,
          load<f32>(other) -
            load<f32>(column + <usize>j * COLUMN_BYTES + ((<usize>i) << 2)) * value,
        );
      }
    }
  }
  for (let panel = panels - 1; panel >= 0; panel--) {
    const start = panelAddress<f32>(l, panel);
    const own = z + <usize>panel * COLUMN_BYTES;
    const tile = start + <usize>(panel * rows) * COLUMN_BYTES;
    for (let j = rows - 1; j >= 0; j--) {
      let value = load<f32>(own + ((<usize>j) << 2));
      for (let i = j + 1; i < rows; i++) {
        value -=
          load<f32>(tile + <usize>j * COLUMN_BYTES + ((<usize>i) << 2)) *
          load<f32>(own + ((<usize>i) << 2));
      }
      store<f32>(
        own + ((<usize>j) << 2),
        value * load<f32>(rdiag + <usize>panel * COLUMN_BYTES + ((<usize>j) << 2)),
      );
    }
    const low = v128.load(own),
      high = v128.load(own, 16);
    let column = start;
    for (let x = z; x < own; x += 16) {
      const s0 = laneProducts(column, low, high),
        s1 = laneProducts(column + 32, low, high);
      const s2 = laneProducts(column + 64, low, high),
        s3 = laneProducts(column + 96, low, high);
      // Transposing additions: lane j of the result is the sum of the lanes of s_j.
      const t0 = f32x4.add(
        v128.shuffle<f32>(s0, s1, 0, 4, 2, 6),
        v128.shuffle<f32>(s0, s1, 1, 5, 3, 7),
      );
      const t1 = f32x4.add(
        v128.shuffle<f32>(s2, s3, 0, 4, 2, 6),
        v128.shuffle<f32>(s2, s3, 1, 5, 3, 7),
      );
      const sum = f32x4.add(
        v128.shuffle<f32>(t0, t1, 0, 1, 4, 5),
        v128.shuffle<f32>(t0, t1, 2, 3, 6, 7),
      );
      v128.store(x, f32x4.sub(v128.load(x), sum));
      column += 128;
    }
  }
}

@inline
function laneProducts(column: usize, low: v128, high: v128): v128 {
  return f32x4.add(f32x4.mul(v128.load(column), low), f32x4.mul(v128.load(column, 16), high));
}

function dot(n: i32, a: usize, b: usize): f64 {
  let sum = 0.0;
  for (let i = 0; i < n; i++) sum += f64At(a, i) * f64At(b, i);
  return sum;
}

function norm(n: i32, a: usize): f64 {
  return sqrt<f64>(dot(n, a, a));
}
