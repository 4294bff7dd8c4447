import { f64Address, f64At, setF64 } from "../memory";
import { blockSize } from "../model/problem";
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
  rowsOf,
  scratchOf,
} from "./features";
import { addProduct, dot2, dot3, sum } from "./rows";

@unmanaged
class Region {
  features: usize;
  theta: usize;
  rows: usize;
  blocks: usize;
  first: i32;
  count: i32;
}

const region = memory.data(offsetof<Region>(), 16);

/**
 * blocks += sum_m sum_v rows_v d^2 v / dp dp' of some neurons: packed lower triangles in the order
 * w, eta, c, one after the other (model/blocks.ts). With v, v' = w_j or eta, x_eta = 1, and j, l
 * for derivatives of the monomial:
 *   c and w_j, eta   s ( (w^a)_j sigma^(r) + w^a x_j sigma^(r+1) )
 *   w_j and w_l      s c ( (w^a)_jl sigma^(r) + ((w^a)_j x_l + (w^a)_l x_j) sigma^(r+1)
 *                    + w^a x_j x_l sigma^(r+2) )
 */
export function featureBlocks(
  features: usize,
  theta: usize,
  rows: usize,
  blocks: usize,
  first: i32,
  count: i32,
): void {
  const job = changetype<Region>(region);
  job.features = features;
  job.theta = theta;
  job.rows = rows;
  job.blocks = blocks;
  job.first = first;
  job.count = count;
  parallelFor(neuronsTask, neuronParts(changetype<Features>(features).n), region);
}

function neuronsTask(part: i32, pointer: usize): void {
  const job = changetype<Region>(pointer);
  const f = changetype<Features>(job.features);
  const scratch = scratchOf(f, part);
  const step = neuronParts(f.n);
  for (let i = job.first + part; i < job.first + job.count; i += step) {
    const block = f64Address(job.blocks, <usize>i * <usize>blockSize(f.d, f.k));
    for (let first = 0; first < f.m; first += POINT_BLOCK) {
      addBlock(f, job, i, first, min(POINT_BLOCK, f.ldx - first), scratch, block);
    }
  }
}

function addBlock(
  f: Features,
  job: Region,
  i: i32,
  first: i32,
  count: i32,
  scratch: usize,
  block: usize,
): void {
  const row = blockRow(f.m),
    d = f.d,
    stride = (<usize>coefficientCount(d)) << 3;
  const jets = neuronJets(f, job.theta, i, f.order + 2, first, count, scratch);
  const coefficients = coefficientsOf(f, scratch);
  monomials(f, job.theta, i, true, coefficients);
  const c = outgoingOf(f, job.theta, i);
  // Sums over the features: of sigma^(r+2), and for each j of sigma^(r+1) with (w^a)_j.
  const twice = rowsOf(f, scratch),
    once = twice + row;
  memory.fill(twice, 0, <usize>(d + 1) * row);
  for (let v = 0; v < f.q; v++) {
    const monomial = coefficients + <usize>v * stride;
    const c0 = f64At(c, outputOf(f, v));
    const jet = jets + <usize>orderOf(f, v) * row;
    const partial = featureRow(f, job.rows, v, first);
    addProduct(count, c0 * f64At(monomial, 0), partial, jet + 2 * row, twice);
    for (let j = 0; j < d; j++) {
      const factor = c0 * f64At(monomial, 1 + j);
      addProduct(count, factor, partial, jet + row, once + <usize>j * row);
    }
    let second = 1 + d;
    for (let j = 0; j < d; j++) {
      for (let l = 0; l <= j; l++) {
        const factor = c0 * f64At(monomial, second++);
        if (factor != 0.0) add(block, j, l, factor * dot2(count, partial, jet));
      }
    }
  }
  for (let j = 0; j < d; j++) {
    const xj = pointsOf(f, j, first),
      oncej = once + <usize>j * row;
    for (let l = 0; l <= j; l++) {
      const xl = pointsOf(f, l, first);
      const mixed = dot2(count, oncej, xl) + dot2(count, once + <usize>l * row, xj);
      add(block, j, l, mixed + dot3(count, twice, xj, xl));
    }
    add(block, d, j, sum(count, oncej) + dot2(count, twice, xj));
  }
  add(block, d, d, sum(count, twice));
  addOutgoing(f, job, jets, coefficients, first, count, scratch, block);
}

/** The rows of c, one output after the other. */
function addOutgoing(
  f: Features,
  job: Region,
  jets: usize,
  coefficients: usize,
  first: i32,
  count: i32,
  scratch: usize,
  block: usize,
): void {
  const row = blockRow(f.m),
    d = f.d,
    stride = (<usize>coefficientCount(d)) << 3;
  const once = rowsOf(f, scratch);
  for (let o = 0; o < f.k; o++) {
    memory.fill(once, 0, row);
    for (let v = 0; v < f.q; v++) {
      if (outputOf(f, v) != o) continue;
      const monomial = coefficients + <usize>v * stride;
      const jet = jets + <usize>orderOf(f, v) * row;
      const partial = featureRow(f, job.rows, v, first);
      addProduct(count, f64At(monomial, 0), partial, jet + row, once);
      for (let j = 0; j < d; j++) {
        const factor = f64At(monomial, 1 + j);
        if (factor != 0.0) add(block, d + 1 + o, j, factor * dot2(count, partial, jet));
      }
    }
    for (let j = 0; j < d; j++) {
      add(block, d + 1 + o, j, dot2(count, once, pointsOf(f, j, first)));
    }
    add(block, d + 1 + o, d, sum(count, once));
  }
}

@inline
function pointsOf(f: Features, j: i32, first: i32): usize {
  return f64Address(f.x, <usize>j * <usize>f.ldx + <usize>first);
}

/** Entry (p, q) of a packed lower triangle. */
function add(block: usize, p: i32, q: i32, value: f64): void {
  const index = ((p * (p + 1)) >> 1) + q;
  setF64(block, index, f64At(block, index) + value);
}
