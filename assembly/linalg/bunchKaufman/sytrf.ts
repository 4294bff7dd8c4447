import { f64Address, f64At, i32At, isAligned, setF64, setI32 } from "../../memory";
import { MORE, Progress, proceed } from "../../parallel/progress";
import { PANEL_BLOCK, PIVOT_BLOCK, TASK_ROWS } from "../blocking";
import { gemmTile } from "../microkernel";
import { ALPHA, at, largest, swap, sytf2 } from "./sytf2";
import { copyVector, scaledCopy, subtractRows } from "../vector";

/** Bytes of the square matrix that `sytrf` factors, with ld = n. */
export function sytrfMatrixBytes(n: i32): f64 {
  return 8.0 * <f64>n * <f64>n;
}

/** Bytes of the interchanges of `sytrf`. */
export function sytrfPivotBytes(n: i32): f64 {
  return 4.0 * <f64>n;
}

/**
 * Bytes of scratch of `sytrf`; as float64 because they may exceed 32 bits before memory is refused.
 */
export function sytrfWorkBytes(n: i32): f64 {
  const padded = <f64>((n + 3) & ~3);
  return 8.0 * (3.0 * <f64>PIVOT_BLOCK * padded + 16.0 * Math.ceil(padded / <f64>(4 * TASK_ROWS)));
}

/**
 * Bunch-Kaufman factorization A = U D U^T in place, as sytf2 has it, in blocks of columns: within a
 * block a column is brought up to date when it is looked at, and the rest of the matrix is updated
 * once for all of them, by the microkernel.
 *
 *   n      order
 *   a      row-major n x n with leading dimension ld; the lower triangle is read and overwritten by
 *          U and D
 *   pivot  n int32: pivot[k] = r >= 0, a 1 x 1 block after interchange of k and r; both entries of
 *          a 2 x 2 block (k - 1, k) hold -1 - r after interchange of k - 1 and r
 *   work   `sytrfWorkBytes(n)` bytes, 16-byte aligned
 *   returns 0, or k + 1 when pivot k is exactly zero (A is singular) or not finite; what a holds is
 *   then spoiled; or MORE: a and the scratch are still needed
 *
 * The scalar form is sytf2. Blocks after Anderson and Dongarra, LAPACK Working Note 19 (1990).
 */
export function sytrf(
  n: i32,
  a: usize,
  ld: i32,
  pivot: usize,
  work: usize,
  progress: usize,
  flops: f64,
): i32 {
  assert(n > 0 && ld >= n && isAligned(a, 8), "rows of n in a matrix");
  assert(isAligned(pivot, 4) && isAligned(work, 16), "pivots, and scratch 16-byte aligned");
  const at = changetype<Progress>(progress);
  at.left = flops;
  // at.outer columns are done; at.inner is how many the block has that is being done, or 0.
  while (n - at.outer > PIVOT_BLOCK) {
    const left = n - at.outer;
    if (at.inner == 0) {
      if (at.left <= 0.0) return MORE;
      const rest = factorBlock(left, a, ld, pivot, work);
      if (rest < 0) return -rest;
      packRest(rest, left, a, ld, work);
      at.inner = left - rest;
      at.left -= BLOCK_COST * <f64>left * <f64>at.inner * <f64>at.inner;
    }
    const rest = left - at.inner;
    if (!updateRest(rest, left, a, ld, work, at)) return MORE;
    standardForm(rest, left, a, ld, pivot);
    at.outer = n - rest;
    at.inner = 0;
  }
  return sytf2(n - at.outer, a, ld, pivot, work);
}

/** A block is factored at memory speed, column after column. */
const BLOCK_COST = 4.0;

/**
 * Columns n - 1, n - 2, ... of the leading n x n part, PIVOT_BLOCK of them or one less, so that no
 * pair is torn. Row j of W, `work`, is what column n - 1 - j was when it was eliminated, which is
 * that of U D.
 *
 * Returns the order of what is left, or -k - 1 when pivot k is zero or not finite.
 */
function factorBlock(n: i32, a: usize, ld: i32, pivot: usize, w: usize): i32 {
  const ldw = (n + 3) & ~3;
  let k = n - 1;
  while (k > n - PIVOT_BLOCK) {
    const column = wRow(w, ldw, n, k);
    copyVector(k + 1, at(a, ld, k, 0), column);
    bringUpToDate(k, k, n, a, ld, w, ldw, column);
    const diagonal = abs<f64>(f64At(column, k));
    const r = largest(k, column);
    const off = r < 0 ? 0.0 : abs<f64>(f64At(column, r));
    if (max<f64>(diagonal, off) == 0.0) return -k - 1;
    let size = 1,
      other = k;
    // A NaN on the diagonal is not less than anything: it becomes the pivot, and is found not to be
    // finite.
    if (diagonal < ALPHA * off) {
      const second = wRow(w, ldw, n, k - 1);
      copyVector(r + 1, at(a, ld, r, 0), second);
      for (let j = r + 1; j <= k; j++) setF64(second, j, load<f64>(at(a, ld, j, r)));
      bringUpToDate(k, r, n, a, ld, w, ldw, second);
      const offR = max<f64>(
        largestMagnitude(r, second),
        largestMagnitude(k - r, f64Address(second, r + 1)),
      );
      if (diagonal < ALPHA * off * (off / offR)) {
        other = r;
        if (abs<f64>(f64At(second, r)) >= ALPHA * offR) copyVector(k + 1, second, column);
        else size = 2;
      }
    }
    const target = k - size + 1;
    if (other != target) interchange(other, target, k, n, a, ld, w, ldw);
    if (size == 1) {
      const d = f64At(column, k);
      if (!isFinite(d)) return -k - 1;
      scaledCopy(k, 1.0 / d, column, at(a, ld, k, 0));
      store<f64>(at(a, ld, k, k), d);
      setI32(pivot, k, other);
    } else {
      if (!divideByPair(k, a, ld, column, wRow(w, ldw, n, k - 1))) return -k - 1;
      setI32(pivot, k, -1 - other);
      setI32(pivot, k - 1, -1 - other);
    }
    k -= size;
  }
  return k + 1;
}

@inline
function wRow(w: usize, ldw: i32, n: i32, k: i32): usize {
  return f64Address(w, <usize>(n - 1 - k) * <usize>ldw);
}

function largestMagnitude(n: i32, x: usize): f64 {
  const index = largest(n, x);
  return index < 0 ? 0.0 : abs<f64>(f64At(x, index));
}

/** column[0..k] -= sum over eliminated j > k of U[., j] (U D)[row, j] */
function bringUpToDate(
  k: i32,
  row: i32,
  n: i32,
  a: usize,
  ld: i32,
  w: usize,
  ldw: i32,
  column: usize,
): void {
  // Rows of U from k + 1 up lie one after the other, those of W the other way round.
  subtractRows(
    k + 1,
    n - 1 - k,
    at(a, ld, k + 1, 0),
    ld,
    wRow(w, ldw, n, k + 1) + ((<usize>row) << 3),
    -ldw,
    column,
  );
}

/**
 * Interchange of r and t, r < t <= k, where t is k or k - 1: of what is left of A, which is not up
 * to date and of which column t is kept in W, of U within the block, and of W.
 */
function interchange(r: i32, t: i32, k: i32, n: i32, a: usize, ld: i32, w: usize, ldw: i32): void {
  store<f64>(at(a, ld, r, r), load<f64>(at(a, ld, t, t)));
  for (let j = r + 1; j < t; j++) store<f64>(at(a, ld, j, r), load<f64>(at(a, ld, t, j)));
  copyVector(r, at(a, ld, t, 0), at(a, ld, r, 0));
  for (let j = k + 1; j < n; j++) swap(at(a, ld, j, t), at(a, ld, j, r));
  for (let j = t; j < n; j++) {
    const row = wRow(w, ldw, n, j);
    swap(f64Address(row, t), f64Address(row, r));
  }
}

/**
 * Rows k - 1 and k of U and D from those of W; false when the 2 x 2 block is not finite. Scaled as
 * in sytf2.
 */
function divideByPair(k: i32, a: usize, ld: i32, wK: usize, wM: usize): bool {
  const m = k - 1;
  const off = f64At(wK, m);
  const last = f64At(wK, k),
    first = f64At(wM, m);
  if (!(isFinite(off) && isFinite(last) && isFinite(first))) return false;
  const dM = last / off,
    dK = first / off;
  const scale = 1.0 / (dM * dK - 1.0) / off;
  for (let i = 0; i < m; i++) {
    const vK = f64At(wK, i),
      vM = f64At(wM, i);
    store<f64>(at(a, ld, m, i), scale * (dM * vM - vK));
    store<f64>(at(a, ld, k, i), scale * (dK * vK - vM));
  }
  store<f64>(at(a, ld, m, m), first);
  store<f64>(at(a, ld, k, m), off);
  store<f64>(at(a, ld, k, k), last);
  return true;
}

/** What the tasks of an update need to know. */
@unmanaged
class Region {
  a: usize;
  /** Panels of four rows: of U, and of U D; then a tile for each task. */
  u: usize;
  ud: usize;
  tiles: usize;
  ld: i32;
  rest: i32;
  depth: i32;
}

/** The one region there is at a time; not a state that outlives a call. */
const region = memory.data(offsetof<Region>(), 16);

/** Binds the update of the leading rest x rest part for the columns rest .. n - 1 of U. */
function bindUpdate(rest: i32, n: i32, a: usize, ld: i32, work: usize): Region {
  assert(n - PIVOT_BLOCK <= rest && rest < n, "a block of columns");
  const ldw = (n + 3) & ~3,
    depth = n - rest;
  const panels = (rest + 3) >> 2,
    bytes = (<usize>panels * <usize>depth) << 5;
  const job = changetype<Region>(region);
  job.a = a;
  job.ld = ld;
  job.rest = rest;
  job.depth = depth;
  job.u = f64Address(work, <usize>PIVOT_BLOCK * <usize>ldw);
  job.ud = job.u + bytes;
  job.tiles = job.ud + bytes;
  return job;
}

/** Packs U and U D for the update. */
function packRest(rest: i32, n: i32, a: usize, ld: i32, work: usize): void {
  const job = bindUpdate(rest, n, a, ld, work);
  const ldw = (n + 3) & ~3;
  for (let l = 0; l < job.depth; l++) {
    packRow(rest, l, job.depth, at(a, ld, rest + l, 0), job.u);
    packRow(rest, l, job.depth, wRow(work, ldw, n, rest + l), job.ud);
  }
}

/** A := A - U (U D)^T in the leading rest x rest part, lower triangle: whether it is done. */
function updateRest(rest: i32, n: i32, a: usize, ld: i32, work: usize, progress: Progress): bool {
  const job = bindUpdate(rest, n, a, ld, work);
  const tasks = (((rest + 3) >> 2) + TASK_ROWS - 1) / TASK_ROWS;
  const flops = (0.5 * <f64>rest * <f64>rest * <f64>job.depth) / <f64>tasks;
  return proceed(progress, updateTask, tasks, flops, region);
}

/** Column l of all panels := x; rows beyond n are zero. */
function packRow(n: i32, l: i32, depth: i32, x: usize, panels: usize): void {
  const stride = (<usize>depth) << 5;
  let target = panels + ((<usize>l) << 5);
  let i = 0;
  for (; i + 4 <= n; i += 4) {
    memory.copy(target, f64Address(x, i), 32);
    target += stride;
  }
  if (i < n) {
    memory.fill(target, 0, 32);
    memory.copy(target, f64Address(x, i), (<usize>(n - i)) << 3);
  }
}

/** TASK_ROWS panels of rows of the update, the longest first, so that the threads end together. */
function updateTask(task: i32, pointer: usize): void {
  const job = changetype<Region>(pointer);
  const panels = (job.rest + 3) >> 2,
    stride = (<usize>job.depth) << 5;
  const tasks = (panels + TASK_ROWS - 1) / TASK_ROWS;
  const start = (tasks - 1 - task) * TASK_ROWS;
  const end = min(start + TASK_ROWS, panels);
  const tile = job.tiles + ((<usize>task) << 7);
  for (let block = 0; block < end; block += PANEL_BLOCK) {
    for (let row = start; row < end; row++) {
      const last = min(row + 1, block + PANEL_BLOCK);
      for (let column = block; column < last; column++) {
        memory.fill(tile, 0, 128);
        gemmTile<f64>(
          job.depth,
          -1.0,
          job.u + <usize>column * stride,
          job.ud + <usize>row * stride,
          tile,
        );
        addTile(job.a, job.ld, job.rest, row << 2, column << 2, tile);
      }
    }
  }
}

/** A[row + j, column + i] += tile[4 j + i], below n and not above the diagonal. */
function addTile(a: usize, ld: i32, n: i32, row: i32, column: i32, tile: usize): void {
  const rows = min(4, n - row);
  for (let j = 0; j < rows; j++) {
    const target = at(a, ld, row + j, column),
      source = tile + ((<usize>j) << 5);
    if (column < row) {
      v128.store(target, f64x2.add(v128.load(target), v128.load(source)));
      v128.store(target, f64x2.add(v128.load(target, 16), v128.load(source, 16)), 16);
    } else {
      for (let i: usize = 0; i <= (<usize>j) << 3; i += 8)
        store<f64>(target + i, load<f64>(target + i) + load<f64>(source + i));
    }
  }
}

/**
 * Rows of U below an interchange were interchanged too: undone, as sytrs makes each interchange
 * when it comes to it.
 */
function standardForm(rest: i32, n: i32, a: usize, ld: i32, pivot: usize): void {
  let k = rest;
  while (k < n) {
    const p = i32At(pivot, k);
    const first = k,
      other = p >= 0 ? p : -1 - p;
    k += p >= 0 ? 1 : 2;
    if (other != first) for (let j = k; j < n; j++) swap(at(a, ld, j, first), at(a, ld, j, other));
  }
}
