import { f64Address, f64At, setF64 } from "../memory";
import { parallelFor } from "../parallel/pool";
import {
  Features,
  POINT_BLOCK,
  blockRow,
  coefficientCount,
  coefficientsOf,
  featureRow,
  monomials,
  neuronJets,
  neuronParts,
  orderOf,
  outgoingOf,
  outputOf,
  pointParts,
  rowsOf,
  scratchOf,
} from "./features";
import { addProduct, sum } from "./rows";

/** Parts of the parameters of a network. The numbers are part of the ABI. */
export const enum Part {
  ALL = 0,
  /** w and eta. */
  INNER = 1,
  /** c. */
  OUTGOING = 2,
}

@unmanaged
class Region {
  features: usize;
  theta: usize;
  rows: usize;
  out: usize;
  ld: i32;
  part: i32;
  first: i32;
  count: i32;
}

const region = memory.data(offsetof<Region>(), 16);

/**
 * What neuron i's parameters do to sum_v rows_v v at a block of points: rows of w_1 .. w_d, eta,
 * c_1 .. c_k in the scratch. With E for the row of eta,
 *   eta   s c sum_v rows_v w^a sigma^(r+1)
 *   w_j   s c sum_v rows_v a_j w^(a - e_j) sigma^(r) + x_j E
 *   c     s sum_v rows_v w^a sigma^(r)
 */
function neuronColumns(
  f: Features,
  theta: usize,
  rows: usize,
  part: i32,
  i: i32,
  first: i32,
  count: i32,
  scratch: usize,
): usize {
  const row = blockRow(f.m),
    d = f.d;
  const order = part == Part.OUTGOING ? f.order : f.order + 1;
  const jets = neuronJets(f, theta, i, order, first, count, scratch);
  let monomial = coefficientsOf(f, scratch);
  monomials(f, theta, i, false, monomial);
  const out = rowsOf(f, scratch),
    eta = out + <usize>d * row,
    c = outgoingOf(f, theta, i);
  memory.fill(out, 0, <usize>(d + 1 + f.k) * row);
  for (let v = 0; v < f.q; v++) {
    const o = outputOf(f, v);
    const jet = jets + <usize>orderOf(f, v) * row;
    const partial = featureRow(f, rows, v, first);
    const mono = f64At(monomial, 0),
      c0 = f64At(c, o);
    if (part != Part.INNER) {
      addProduct(count, mono, partial, jet, out + <usize>(d + 1 + o) * row);
    }
    if (part != Part.OUTGOING) {
      addProduct(count, c0 * mono, partial, jet + row, eta);
      for (let j = 0; j < d; j++) {
        addProduct(count, c0 * f64At(monomial, 1 + j), partial, jet, out + <usize>j * row);
      }
    }
    monomial += (<usize>coefficientCount(d)) << 3;
  }
  if (part != Part.OUTGOING) {
    for (let j = 0; j < d; j++) {
      const x = f64Address(f.x, <usize>j * <usize>f.ldx + <usize>first);
      addProduct(count, 1.0, x, eta, out + <usize>j * row);
    }
  }
  return out;
}

/**
 * Columns of J for the rows of a group, of which sum_v partials_v dv/dp is column p, in the order
 * of theta; of a part of the parameters, its own columns from 0 on. ldx values are written.
 *
 *   partials  q rows
 *   out       the group's first row in column 0; 8-byte aligned
 *   ld        values from one column to the next
 */
export function featureColumns(
  features: usize,
  theta: usize,
  partials: usize,
  out: usize,
  ld: i32,
  part: i32,
  first: i32,
  count: i32,
): void {
  const job = changetype<Region>(region);
  job.features = features;
  job.theta = theta;
  job.rows = partials;
  job.out = out;
  job.ld = ld;
  job.part = part;
  job.first = first;
  job.count = count;
  parallelFor(columnsTask, pointParts(changetype<Features>(features).m), region);
}

function columnsTask(task: i32, pointer: usize): void {
  const job = changetype<Region>(pointer);
  const f = changetype<Features>(job.features);
  const scratch = scratchOf(f, task),
    row = blockRow(f.m),
    width = f.d + 1 + f.k;
  const step = pointParts(f.m) * POINT_BLOCK;
  for (let first = task * POINT_BLOCK; first < f.m; first += step) {
    const count = min(POINT_BLOCK, f.ldx - first);
    for (let i = job.first; i < job.first + job.count; i++) {
      const rows = neuronColumns(f, job.theta, job.rows, job.part, i, first, count, scratch);
      for (let local = 0; local < width; local++) {
        const column = columnOf(f, job.part, i, local);
        if (column < 0) continue;
        const to = f64Address(job.out, <usize>column * <usize>job.ld + <usize>first);
        memory.copy(to, rows + <usize>local * row, (<usize>count) << 3);
      }
    }
  }
}

/** Place of parameter `local` (w_1 .. w_d, eta, c_1 .. c_k) of a neuron; -1 if of another part. */
function columnOf(f: Features, part: i32, i: i32, local: i32): i32 {
  const inner = f.n * (f.d + 1);
  if (local > f.d) {
    if (part == Part.INNER) return -1;
    return (part == Part.ALL ? inner : 0) + i * f.k + (local - f.d - 1);
  }
  if (part == Part.OUTGOING) return -1;
  return local < f.d ? i * f.d + local : f.n * f.d + i;
}

/** out += sum_v J_v^T rows_v of some neurons: a parameter vector. */
export function featureTranspose(
  features: usize,
  theta: usize,
  rows: usize,
  out: usize,
  first: i32,
  count: i32,
): void {
  const job = changetype<Region>(region);
  job.features = features;
  job.theta = theta;
  job.rows = rows;
  job.out = out;
  job.part = Part.ALL;
  job.first = first;
  job.count = count;
  parallelFor(transposeTask, neuronParts(changetype<Features>(features).n), region);
}

/** Neurons part, part + parts, ... over all points. */
function transposeTask(task: i32, pointer: usize): void {
  const job = changetype<Region>(pointer);
  const f = changetype<Features>(job.features);
  const scratch = scratchOf(f, task),
    row = blockRow(f.m),
    width = f.d + 1 + f.k,
    step = neuronParts(f.n);
  for (let i = job.first + task; i < job.first + job.count; i += step) {
    for (let first = 0; first < f.m; first += POINT_BLOCK) {
      const count = min(POINT_BLOCK, f.ldx - first);
      const rows = neuronColumns(f, job.theta, job.rows, Part.ALL, i, first, count, scratch);
      for (let local = 0; local < width; local++) {
        const p = columnOf(f, Part.ALL, i, local);
        setF64(job.out, p, f64At(job.out, p) + sum(count, rows + <usize>local * row));
      }
    }
  }
}
