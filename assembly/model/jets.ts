import { f64Address } from "../memory";
import { activateJet } from "../activations/activation";
import { SAMPLE_BLOCK } from "./blocking";
import { evenCount, preactivation } from "./layout";
import { NeuronJob, overNeurons } from "./neurons";
import { Problem, bias, rowBytes, weights } from "./problem";

/**
 * The jet of a neuron: rows sigma(z), sigma'(z), sigma''(z) for a block of samples, p.row bytes
 * apart. Every product with the Jacobian or its derivatives needs it, so the jets of as many
 * neurons as the caller gives room for are kept from one product to the next.
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
export function jet(p: Problem, theta: usize, i: i32, first: i32, count: i32, work: usize): usize {
  assert(inOneBlock(first, count), "samples of one block");
  if (i < p.cached) return p.jets + place(p, i, first);
  makeJet(p, theta, i, first, count, work);
  return work;
}

/** The same at a trial point: made, and put by for `adoptJets` if there is room. */
export function trialJet(
  p: Problem,
  theta: usize,
  i: i32,
  first: i32,
  count: i32,
  work: usize,
): usize {
  assert(inOneBlock(first, count), "samples of one block");
  const out = i < p.cached ? p.trialJets + place(p, i, first) : work;
  makeJet(p, theta, i, first, count, out);
  return out;
}

/**
 * The jets of the last `forwardTrial` become the current ones: theta has moved to where it was
 * evaluated.
 */
export function adoptJets(problem: usize): void {
  const p = changetype<Problem>(problem);
  const jets = p.jets;
  p.jets = p.trialJets;
  p.trialJets = jets;
}

function makeJet(p: Problem, theta: usize, i: i32, first: i32, count: i32, out: usize): void {
  preactivation(
    p.d,
    count,
    weights(p, theta, i),
    load<f64>(bias(p, theta, i)),
    f64Address(p.x, first),
    p.ldx,
    out,
  );
  activateJet(p.kind, count, out, out, out + p.row, out + 2 * p.row);
}

@unmanaged
class Region extends NeuronJob {
  theta: usize;
}

const region = memory.data(offsetof<Region>(), 16);

/**
 * Makes the jets that are kept; to be called whenever the contents of theta have changed, unless by
 * `adoptJets`.
 */
export function keepJets(problem: usize, theta: usize): void {
  const p = changetype<Problem>(problem);
  if (p.cached == 0) return;
  const job = changetype<Region>(region);
  job.problem = p;
  job.theta = theta;
  overNeurons(keepTask, job, 0, p.cached);
}

function keepTask(pointer: usize, start: i32, end: i32, work: usize): void {
  const job = changetype<Region>(pointer);
  const p = job.problem;
  for (let i = start; i < end; i++) {
    for (let first = 0; first < p.m; first += SAMPLE_BLOCK) {
      makeJet(
        p,
        job.theta,
        i,
        first,
        evenCount(min(SAMPLE_BLOCK, p.m - first)),
        p.jets + place(p, i, first),
      );
    }
  }
}
