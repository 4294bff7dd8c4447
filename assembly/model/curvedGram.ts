import { f64Address, f64At, setF64 } from "../memory";
import { dot, dot3, product } from "../linalg/vector";
import { jet } from "./jets";
import { SAMPLE_BLOCK } from "./blocking";
import { evenCount } from "./layout";
import { Point } from "./point";
import { Problem, outgoing, productRow, sumRows } from "./problem";
import { Rows, differenceRow, sampleWeight } from "./rows";

/**
 * block := block + J_i^T D J_i / m of one neuron for one block of samples, packed as in
 * `hessianBlocks`. With v = D c, a function vector:
 *
 *   s^2/m sum_m [ sigma'^2 (c . v) x x^T , . , . ; sigma'^2 (c . v) x^T , sigma'^2 c . v , . ;
 *                 sigma sigma' v_o x^T , sigma sigma' v_o , sigma^2 D_oo' ]
 *
 * D is zero for the sample that fills an odd number up.
 */
export function addCurvedGram(
  at: Point,
  rows: Rows,
  i: i32,
  first: i32,
  work: usize,
  block: usize,
): void {
  const p = at.problem;
  const count = evenCount(min(SAMPLE_BLOCK, p.m - first));
  const s0 = jet(at, i, first, count, work),
    s1 = s0 + p.row;
  const factor = (p.s * p.s) / <f64>p.m;
  const x = f64Address(p.x, first);
  const row = productRow(p, work),
    spare = row + p.row,
    v = sumRows(p, work);
  outgoingProducts(p, rows, outgoing(p, at.theta, i), first, count, v, row);
  product(count, row, s1, row);
  const sum = product(count, row, s1, row);
  let entry = block;
  for (let a = 0; a < p.d; a++) {
    const xa = f64Address(x, <usize>a * <usize>p.ldx);
    for (let b = 0; b <= a; b++) {
      const xb = f64Address(x, <usize>b * <usize>p.ldx);
      entry = add(entry, factor * dot3(count, row, xa, xb));
    }
  }
  for (let a = 0; a < p.d; a++)
    entry = add(entry, factor * dot(count, row, f64Address(x, <usize>a * <usize>p.ldx)));
  entry = add(entry, factor * sum);
  for (let o = 0; o < p.k; o++) {
    product(count, v + <usize>o * p.row, s1, row);
    const level = product(count, row, s0, row);
    for (let a = 0; a < p.d; a++)
      entry = add(entry, factor * dot(count, row, f64Address(x, <usize>a * <usize>p.ldx)));
    entry = add(entry, factor * level);
    for (let other = 0; other <= o; other++) {
      if (rows.rest == 0 && other < o) entry += 8;
      else {
        entryOfD(p, rows, o, other, first, count, spare);
        entry = add(entry, factor * dot3(count, spare, s0, s0));
      }
    }
  }
}

/** v_o := (D c)_o in rows p.row apart, and total := c . D c, which is no difference of squares. */
function outgoingProducts(
  p: Problem,
  rows: Rows,
  c: usize,
  first: i32,
  count: i32,
  v: usize,
  total: usize,
): void {
  memory.fill(total, 0, (<usize>count) << 3);
  for (let o = 0; o < p.k; o++) {
    const out = v + <usize>o * p.row,
      d = f64Address(rows.d, <usize>o * <usize>p.ldx + <usize>first);
    if (rows.rest != 0) differenceRow(p, rows, o, first, count, c, 1, out);
    for (let m = 0; m < count; m++) {
      const own = rows.rest != 0 ? f64At(out, m) : f64At(c, o);
      const weight = rows.rest != 0 ? sampleWeight(p, first + m) : 1.0;
      const value = weight * f64At(d, m) * own;
      setF64(out, m, value);
      setF64(total, m, f64At(total, m) + value * own);
    }
  }
}

/** row := D_oo' */
function entryOfD(
  p: Problem,
  rows: Rows,
  o: i32,
  other: i32,
  first: i32,
  count: i32,
  row: usize,
): void {
  const own = <usize>o * <usize>p.ldx + <usize>first;
  const d = f64Address(rows.d, own);
  if (rows.rest == 0) {
    memory.copy(row, d, (<usize>count) << 3);
    return;
  }
  const across = <usize>other * <usize>p.ldx + <usize>first;
  const share = o == other ? f64Address(rows.rest, own) : f64Address(rows.d, across);
  const sign = o == other ? 1.0 : -1.0;
  for (let m = 0; m < count; m++)
    setF64(row, m, sign * sampleWeight(p, first + m) * f64At(d, m) * f64At(share, m));
}

@inline
function add(address: usize, value: f64): usize {
  store<f64>(address, load<f64>(address) + value);
  return address + 8;
}
