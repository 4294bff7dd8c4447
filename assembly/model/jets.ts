import { f64Address } from "../memory";
import { activate, activateJet } from "../activations/activation";
import { SAMPLE_BLOCK } from "./blocking";
import { preactivation } from "./layout";
import { Point } from "./point";
import { Problem, bias, rowBytes, weights } from "./problem";

/**
 * The jet of a neuron: rows sigma(z), sigma'(z), sigma''(z) for a block of samples, p.row bytes
 * apart. Every product with the Jacobian or its derivatives needs it, so a point keeps the jets of
 * as many neurons as it has room for, from its evaluation on.
 */

/** Jets that are kept take this many bytes a neuron. */
export function jetBytes(m: i32): f64 {
  return 3.0 * <f64>rowBytes(m) * <f64>sampleBlocks(m);
}

@inline
function sampleBlocks(m: i32): i32 {
  return (m + SAMPLE_BLOCK - 1) / SAMPLE_BLOCK;
}

/**
 * Where sample `first` of neuron i is among the jets that are kept: its block, and its place within
 * the rows of that block.
 */
@inline
function place(p: Problem, i: i32, first: i32): usize {
  const block = <usize>i * <usize>sampleBlocks(p.m) + <usize>(first / SAMPLE_BLOCK);
  return block * 3 * p.row + ((<usize>(first % SAMPLE_BLOCK)) << 3);
}

@inline
function inOneBlock(first: i32, count: i32): bool {
  return ((first | count) & 1) == 0 && (first % SAMPLE_BLOCK) + count <= SAMPLE_BLOCK;
}

/**
 * Address of the jet of neuron i for `count` samples from `first`, both even and all of one block
 * of SAMPLE_BLOCK; made in `work` if it is not kept.
 */
export function jet(at: Point, i: i32, first: i32, count: i32, work: usize): usize {
  assert(inOneBlock(first, count), "samples of one block");
  if (i < at.kept) return at.jets + place(at.problem, i, first);
  makeJet(at, i, first, count, work);
  return work;
}

/**
 * The same where the point is being evaluated: made, and kept if there is room. Of a neuron that
 * has none only the first row, sigma(z).
 */
export function newJet(at: Point, i: i32, first: i32, count: i32, work: usize): usize {
  const p = at.problem;
  if (i < at.kept) {
    const out = at.jets + place(p, i, first);
    makeJet(at, i, first, count, out);
    return out;
  }
  preactivationOf(at, i, first, count, work);
  activate(p.kind, count, work, work);
  return work;
}

function makeJet(at: Point, i: i32, first: i32, count: i32, out: usize): void {
  const p = at.problem;
  preactivationOf(at, i, first, count, out);
  activateJet(p.kind, count, out, out, out + p.row, out + 2 * p.row);
}

function preactivationOf(at: Point, i: i32, first: i32, count: i32, z: usize): void {
  const p = at.problem,
    theta = at.theta;
  const x = f64Address(p.x, first);
  preactivation(p.d, count, weights(p, theta, i), load<f64>(bias(p, theta, i)), x, p.ldx, z);
}
