import { gemmRows } from "../../assembly/linalg/gemm";
import { gemmTile } from "../../assembly/linalg/microkernel";
import { packedBytes, packedFromFull, packedToFull } from "../../assembly/linalg/packed";
import { sytrf, sytrfWorkBytes } from "../../assembly/linalg/bunchKaufman/sytrf";
import { sytrs } from "../../assembly/linalg/bunchKaufman/sytrs";
import { axpby, dot, dot3, product, scaledCopy, subtractRows } from "../../assembly/linalg/vector";
import { begin, RATIO, allocate, allocateNumbers, choice, get, put, release, releaseNumbers, seed, solveRatio } from "./support";

/**
 * Random leading dimensions and offsets. Entries are small integers: every product and sum of them
 * is exact, so that results must be equal to the bit in whatever order a kernel adds. What a kernel
 * has no business with is NaN, and has to stay so.
 */
const CASES: i32 = 300;

/** `length` numbers, all NaN. */
function blank(length: i32): usize {
  const x = allocateNumbers(length);
  for (let i = 0; i < length; i++) put(x, i, NaN);
  return x;
}

function integer(): f64 {
  return <f64>(choice(17) - 8);
}

/** A row-major matrix of integers somewhere in a larger field of NaN. */
class Window {
  base: usize;
  length: i32;
  ld: i32;
  start: i32;

  constructor(public rows: i32, public columns: i32) {
    this.ld = columns + choice(6);
    this.start = choice(5);
    this.length = this.start + rows * this.ld + choice(4);
    this.base = blank(this.length);
    for (let i = 0; i < rows; i++) for (let j = 0; j < columns; j++) this.set(i, j, integer());
  }

  get pointer(): usize {
    return this.base + (<usize>this.start << 3);
  }

  at(i: i32, j: i32): f64 {
    return get(this.base, this.start + i * this.ld + j);
  }

  set(i: i32, j: i32, value: f64): void {
    put(this.base, this.start + i * this.ld + j, value);
  }

  /** Frees it; is all around the matrix still NaN? */
  close(): bool {
    let numbers = 0;
    for (let i = 0; i < this.length; i++) if (!isNaN(get(this.base, i))) numbers += 1;
    return releaseNumbers(this.base, this.length) && numbers <= this.rows * this.columns;
  }
}

function gemmRowsIsScalar(): bool {
  const m = 1 + choice(9), n = 1 + choice(9), k = 2 * (1 + choice(6));
  const a = new Window(m, k), b = new Window(n, k), c = new Window(m, n);
  gemmRows(m, n, k, a.pointer, a.ld, b.pointer, b.ld, c.pointer, c.ld);
  let right = true;
  for (let i = 0; i < m; i++) {
    for (let j = 0; j < n; j++) {
      let sum = 0.0;
      for (let l = 0; l < k; l++) sum += a.at(i, l) * b.at(j, l);
      right = right && c.at(i, j) == sum;
    }
  }
  return a.close() && b.close() && c.close() && right;
}

function subtractRowsIsScalar(): bool {
  const n = choice(40), rows = choice(12);
  const x = new Window(rows, n), c = new Window(rows, 1), y = new Window(1, n);
  const before = new Float64Array(n);
  for (let i = 0; i < n; i++) before[i] = y.at(0, i);
  const backwards = rows > 0 && choice(2) == 1;
  const first = backwards ? c.pointer + (<usize>((rows - 1) * c.ld) << 3) : c.pointer;
  subtractRows(n, rows, x.pointer, x.ld, first, backwards ? -c.ld : c.ld, y.pointer);
  let right = true;
  for (let i = 0; i < n; i++) {
    let value = before[i];
    for (let r = 0; r < rows; r++) value -= c.at(backwards ? rows - 1 - r : r, 0) * x.at(r, i);
    right = right && y.at(0, i) == value;
  }
  return x.close() && c.close() && y.close() && right;
}

/** The vector operations at addresses that need not be aligned to a vector. */
function vectorsAreScalar(): bool {
  const n = 2 * choice(30);
  const a = new Window(1, n), b = new Window(1, n), c = new Window(1, n), out = new Window(1, n);
  let sum = 0.0, triple = 0.0;
  for (let i = 0; i < n; i++) {
    sum += a.at(0, i) * b.at(0, i);
    triple += a.at(0, i) * b.at(0, i) * c.at(0, i);
  }
  let right = dot(n, a.pointer, b.pointer) == sum && dot3(n, a.pointer, b.pointer, c.pointer) == triple;
  right = right && product(n, a.pointer, b.pointer, out.pointer) == sum;
  for (let i = 0; i < n; i++) right = right && out.at(0, i) == a.at(0, i) * b.at(0, i);
  scaledCopy(n, -2.0, a.pointer, out.pointer);
  axpby(n, 3.0, b.pointer, 0.5, out.pointer);
  for (let i = 0; i < n; i++) right = right && out.at(0, i) == 3.0 * b.at(0, i) - a.at(0, i);
  return a.close() && b.close() && c.close() && out.close() && right;
}

/** Operands and the tile itself at any address of eight bytes. */
function tileIsScalar(): bool {
  const k = choice(40);
  const a = new Window(1, 4 * k), b = new Window(1, 4 * k), c = new Window(1, 16);
  const before = new Float64Array(16);
  for (let i = 0; i < 16; i++) before[i] = c.at(0, i);
  gemmTile<f64>(k, -3.0, a.pointer, b.pointer, c.pointer);
  let right = true;
  for (let j = 0; j < 4; j++) {
    for (let i = 0; i < 4; i++) {
      let sum = 0.0;
      for (let l = 0; l < k; l++) sum += a.at(0, 4 * l + i) * b.at(0, 4 * l + j);
      right = right && c.at(0, 4 * j + i) == before[4 * j + i] - 3.0 * sum;
    }
  }
  return a.close() && b.close() && c.close() && right;
}

/** Into packed storage and out of it, from one window to another. */
function packingKeepsValues(): bool {
  const n = 1 + choice(30), bytes = packedBytes(n), packed = allocate(bytes);
  const from = new Window(n, n), to = new Window(n, n);
  packedFromFull(n, from.pointer, from.ld, packed);
  packedToFull(n, packed, to.pointer, to.ld);
  let right = true;
  for (let p = 0; p < n; p++) {
    for (let q = 0; q < n; q++) right = right && to.at(p, q) == (q <= p ? from.at(p, q) : from.at(q, p));
  }
  return release(packed, bytes) && from.close() && to.close() && right;
}

/**
 * Factors in a window, more than one block of them now and then; only the lower triangle is given.
 */
function factorsAWindow(): bool {
  const n = 1 + choice(150);
  const a = new Window(n, n), full = allocateNumbers(n * n), pivots = allocateNumbers(n);
  const bytes = sytrfWorkBytes(n), work = allocate(bytes);
  for (let p = 0; p < n; p++) {
    for (let q = 0; q < n; q++) {
      put(full, p * n + q, (q <= p ? a.at(p, q) : a.at(q, p)) + (p == q ? 0.5 : 0.0));
      if (q > p) a.set(p, q, NaN);
    }
    a.set(p, p, a.at(p, p) + 0.5);
  }
  const b = allocateNumbers(n), x = allocateNumbers(n);
  for (let i = 0; i < n; i++) put(b, i, integer() + 0.25);
  memory.copy(x, b, <usize>n << 3);
  let right = sytrf(n, a.pointer, a.ld, pivots, work, begin(), Infinity) == 0;
  sytrs(n, a.pointer, a.ld, pivots, x);
  right = right && solveRatio(n, full, x, b) < RATIO;
  for (let p = 0; p < n; p++) for (let q = p + 1; q < n; q++) right = right && isNaN(a.at(p, q));
  const intact = release(work, bytes) && releaseNumbers(pivots, n) && releaseNumbers(full, n * n);
  return a.close() && releaseNumbers(b, n) && releaseNumbers(x, n) && intact && right;
}

describe("with random leading dimensions and offsets", () => {
  it("gemmRows is the scalar loop and writes only C", () => {
    for (let i = 0; i < CASES; i++) {
      seed(i);
      expect<bool>(gemmRowsIsScalar()).toBe(true);
    }
  });
  it("subtractRows is the scalar loop, with coefficients forwards and backwards", () => {
    for (let i = 0; i < CASES; i++) {
      seed(i);
      expect<bool>(subtractRowsIsScalar()).toBe(true);
    }
  });
  it("dot, dot3, product, scaledCopy and axpby are the scalar loops", () => {
    for (let i = 0; i < CASES; i++) {
      seed(i);
      expect<bool>(vectorsAreScalar()).toBe(true);
    }
  });
  it("gemmTile is the scalar loop for k = 0 .. 39", () => {
    for (let i = 0; i < CASES; i++) {
      seed(i);
      expect<bool>(tileIsScalar()).toBe(true);
    }
  });
  it("packedFromFull and packedToFull keep every value", () => {
    for (let i = 0; i < CASES; i++) {
      seed(i);
      expect<bool>(packingKeepsValues()).toBe(true);
    }
  });
  it("sytrf and sytrs stay within the lower triangle of their window", () => {
    for (let i = 0; i < 60; i++) {
      seed(i);
      expect<bool>(factorsAWindow()).toBe(true);
    }
  });
});
