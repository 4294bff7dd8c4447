import { f64Address, f64At, isAligned, setF64 } from "../memory";
import { madd, nmadd } from "../math/fma";

/**
 * Level-1 operations on float64 vectors. Sums run in a fixed order with a fixed number of chains.
 */

/** y := y + alpha x, any n. */
export function axpy(n: i32, alpha: f64, x: usize, y: usize): void {
  assert(n >= 0 && isAligned(x | y, 8), "float64 vectors");
  const factor = f64x2.splat(alpha);
  const end = f64Address(x, n & ~1);
  while (x < end) {
    v128.store(y, madd(factor, v128.load(x), v128.load(y)));
    x += 16;
    y += 16;
  }
  // The last of an odd number goes through the same lane arithmetic, so that `relaxed` treats all
  // entries alike.
  if (n & 1) {
    const value = madd(factor, v128.load64_splat(x), v128.load64_splat(y));
    store<f64>(y, f64x2.extract_lane(value, 0));
  }
}

/** y := alpha x + beta y, any n. */
export function axpby(n: i32, alpha: f64, x: usize, beta: f64, y: usize): void {
  for (let i: usize = 0, end = (<usize>n) << 3; i < end; i += 8) {
    store<f64>(y + i, alpha * load<f64>(x + i) + beta * load<f64>(y + i));
  }
}

/** y := alpha x */
export function scaledCopy(n: i32, alpha: f64, x: usize, y: usize): void {
  for (let i: usize = 0, end = (<usize>n) << 3; i < end; i += 8)
    store<f64>(y + i, alpha * load<f64>(x + i));
}

/**
 * y := y - sum_r c[r] x_r, of `rows` vectors x_r of n entries.
 *
 *   x  leading dimension ldx
 *   c  `stride` entries (of eight bytes) from one to the next; may be negative
 */
export function subtractRows(
  n: i32,
  rows: i32,
  x: usize,
  ldx: i32,
  c: usize,
  stride: i32,
  y: usize,
): void {
  assert(n >= 0 && rows >= 0 && ldx >= n && isAligned(x | c | y, 8), "rows of n in a matrix");
  const next = (<usize>ldx) << 3,
    step = (<usize>stride) << 3;
  let r = 0;
  for (; r + 4 <= rows; r += 4) {
    const c0 = load<f64>(c),
      c1 = load<f64>(c + step),
      c2 = load<f64>(c + 2 * step),
      c3 = load<f64>(c + 3 * step);
    subtractFour(n, x, next, f64x2.splat(c0), f64x2.splat(c1), f64x2.splat(c2), f64x2.splat(c3), y);
    x += 4 * next;
    c += 4 * step;
  }
  for (; r < rows; r++) {
    axpy(n, -load<f64>(c), x, y);
    x += next;
    c += step;
  }
}

/** Four of them in one pass over y. */
function subtractFour(
  n: i32,
  x: usize,
  next: usize,
  c0: v128,
  c1: v128,
  c2: v128,
  c3: v128,
  y: usize,
): void {
  const x1 = x + next - y,
    x2 = x1 + next,
    x3 = x2 + next,
    x0 = x - y;
  const end = f64Address(y, n & ~1);
  while (y < end) {
    let value = nmadd(c0, v128.load(y + x0), v128.load(y));
    value = nmadd(c1, v128.load(y + x1), value);
    value = nmadd(c2, v128.load(y + x2), value);
    v128.store(y, nmadd(c3, v128.load(y + x3), value));
    y += 16;
  }
  if (n & 1) {
    let value = nmadd(c0, v128.load64_zero(y + x0), v128.load64_zero(y));
    value = nmadd(c1, v128.load64_zero(y + x1), value);
    value = nmadd(c2, v128.load64_zero(y + x2), value);
    store<f64>(y, f64x2.extract_lane(nmadd(c3, v128.load64_zero(y + x3), value), 0));
  }
}

/** y := x */
export function copyVector(n: i32, x: usize, y: usize): void {
  memory.copy(y, x, (<usize>n) << 3);
}

/**
 * Euclidean norm, scaled by the largest entry so that it neither overflows nor underflows; NaN if
 * any entry is.
 */
export function norm2(n: i32, x: usize): f64 {
  const scale = normMax(n, x);
  if (!(scale > 0.0 && scale < Infinity)) return scale;
  let sum = 0.0;
  for (let i = 0; i < n; i++) {
    const value = f64At(x, i) / scale;
    sum += value * value;
  }
  return scale * sqrt<f64>(sum);
}

/** max |x[i]|; NaN if any entry is. */
export function normMax(n: i32, x: usize): f64 {
  let result = 0.0;
  for (let i = 0; i < n; i++) result = max<f64>(result, abs<f64>(f64At(x, i)));
  return result;
}

/** |a - b|, as norm2. */
export function distance(n: i32, a: usize, b: usize): f64 {
  const scale = distanceMax(n, a, b);
  if (!(scale > 0.0 && scale < Infinity)) return scale;
  let sum = 0.0;
  for (let i: usize = 0, end = (<usize>n) << 3; i < end; i += 8) {
    const value = (load<f64>(a + i) - load<f64>(b + i)) / scale;
    sum += value * value;
  }
  return scale * sqrt<f64>(sum);
}

/** max |a[i] - b[i]|; NaN if any difference is. */
export function distanceMax(n: i32, a: usize, b: usize): f64 {
  let result = 0.0;
  for (let i: usize = 0, end = (<usize>n) << 3; i < end; i += 8) {
    result = max<f64>(result, abs<f64>(load<f64>(a + i) - load<f64>(b + i)));
  }
  return result;
}

/** min x[i]; NaN if any entry is, infinity if there is none. */
export function minimum(n: i32, x: usize): f64 {
  let result = Infinity;
  for (let i = 0; i < n; i++) result = min<f64>(result, f64At(x, i));
  return result;
}

/** x[i] := sqrt(max(x[i], 0)): deviations of variances that rounding may leave below 0. */
export function squareRoots(n: i32, x: usize): void {
  for (let i = 0; i < n; i++) setF64(x, i, sqrt<f64>(max<f64>(0.0, f64At(x, i))));
}

/** Index of the first entry that is NaN or infinite, or -1. */
export function firstNonFinite(n: i32, x: usize): i32 {
  for (let i = 0; i < n; i++) {
    // x - x is 0 for finite x alone.
    if (f64At(x, i) - f64At(x, i) != 0.0) return i;
  }
  return -1;
}

/** Index of the first entry below 0, or -1. */
export function firstNegative(n: i32, x: usize): i32 {
  for (let i = 0; i < n; i++) {
    if (f64At(x, i) < 0.0) return i;
  }
  return -1;
}

@inline
function laneSum(v: v128): f64 {
  return f64x2.extract_lane(v, 0) + f64x2.extract_lane(v, 1);
}

/** sum a[i] b[i], n even: two chains of two lanes. */
export function dot(n: i32, a: usize, b: usize): f64 {
  assert(n >= 0 && (n & 1) == 0 && isAligned(a | b, 8), "float64 vectors of even length");
  let even = f64x2.splat(0),
    odd = even;
  const end = f64Address(a, n);
  const paired = f64Address(a, n & ~3);
  while (a < paired) {
    even = madd(v128.load(a), v128.load(b), even);
    odd = madd(v128.load(a, 16), v128.load(b, 16), odd);
    a += 32;
    b += 32;
  }
  if (a < end) even = madd(v128.load(a), v128.load(b), even);
  return laneSum(f64x2.add(even, odd));
}

/**
 * out[r] := out[r] + alpha sum_i a[i] x_r[i] for `rows` vectors x_r, each sum as `dot` has it; four
 * of them in one pass over a. n even.
 *
 *   x  leading dimension ldx
 */
export function addDots(
  n: i32,
  rows: i32,
  alpha: f64,
  a: usize,
  x: usize,
  ldx: i32,
  out: usize,
): void {
  assert(n >= 0 && (n & 1) == 0 && isAligned(a | x | out, 8), "float64 vectors of even length");
  const next = (<usize>ldx) << 3;
  let r = 0;
  for (; r + 4 <= rows; r += 4) {
    addFourDots(n, alpha, a, x, next, f64Address(out, r));
    x += 4 * next;
  }
  for (; r < rows; r++) {
    setF64(out, r, f64At(out, r) + alpha * dot(n, a, x));
    x += next;
  }
}

function addFourDots(n: i32, alpha: f64, a: usize, x: usize, next: usize, out: usize): void {
  let even0 = f64x2.splat(0),
    odd0 = even0,
    even1 = even0,
    odd1 = even0,
    even2 = even0,
    odd2 = even0,
    even3 = even0,
    odd3 = even0;
  const x1 = x + next - a,
    x2 = x1 + next,
    x3 = x2 + next,
    x0 = x - a;
  const end = f64Address(a, n);
  const paired = f64Address(a, n & ~3);
  while (a < paired) {
    const first = v128.load(a),
      second = v128.load(a, 16);
    even0 = madd(first, v128.load(a + x0), even0);
    odd0 = madd(second, v128.load(a + x0, 16), odd0);
    even1 = madd(first, v128.load(a + x1), even1);
    odd1 = madd(second, v128.load(a + x1, 16), odd1);
    even2 = madd(first, v128.load(a + x2), even2);
    odd2 = madd(second, v128.load(a + x2, 16), odd2);
    even3 = madd(first, v128.load(a + x3), even3);
    odd3 = madd(second, v128.load(a + x3, 16), odd3);
    a += 32;
  }
  if (a < end) {
    const first = v128.load(a);
    even0 = madd(first, v128.load(a + x0), even0);
    even1 = madd(first, v128.load(a + x1), even1);
    even2 = madd(first, v128.load(a + x2), even2);
    even3 = madd(first, v128.load(a + x3), even3);
  }
  addTo(out, alpha * laneSum(f64x2.add(even0, odd0)));
  addTo(out + 8, alpha * laneSum(f64x2.add(even1, odd1)));
  addTo(out + 16, alpha * laneSum(f64x2.add(even2, odd2)));
  addTo(out + 24, alpha * laneSum(f64x2.add(even3, odd3)));
}

@inline
function addTo(address: usize, value: f64): void {
  store<f64>(address, load<f64>(address) + value);
}

/** sum a[i] b[i] c[i], n even. */
export function dot3(n: i32, a: usize, b: usize, c: usize): f64 {
  assert(n >= 0 && (n & 1) == 0 && isAligned(a | b | c, 8), "float64 vectors of even length");
  let even = f64x2.splat(0),
    odd = even;
  const end = f64Address(a, n);
  const paired = f64Address(a, n & ~3);
  while (a < paired) {
    even = madd(f64x2.mul(v128.load(a), v128.load(b)), v128.load(c), even);
    odd = madd(f64x2.mul(v128.load(a, 16), v128.load(b, 16)), v128.load(c, 16), odd);
    a += 32;
    b += 32;
    c += 32;
  }
  if (a < end) even = madd(f64x2.mul(v128.load(a), v128.load(b)), v128.load(c), even);
  return laneSum(f64x2.add(even, odd));
}

/** out[i] = a[i] b[i]; returns their sum. n even. */
export function product(n: i32, a: usize, b: usize, out: usize): f64 {
  assert(n >= 0 && (n & 1) == 0 && isAligned(a | b | out, 8), "float64 vectors of even length");
  let even = f64x2.splat(0),
    odd = even;
  const end = f64Address(a, n);
  const paired = f64Address(a, n & ~3);
  while (a < paired) {
    const first = f64x2.mul(v128.load(a), v128.load(b)),
      second = f64x2.mul(v128.load(a, 16), v128.load(b, 16));
    v128.store(out, first);
    v128.store(out, second, 16);
    even = f64x2.add(even, first);
    odd = f64x2.add(odd, second);
    a += 32;
    b += 32;
    out += 32;
  }
  if (a < end) {
    const value = f64x2.mul(v128.load(a), v128.load(b));
    v128.store(out, value);
    even = f64x2.add(even, value);
  }
  return laneSum(f64x2.add(even, odd));
}
