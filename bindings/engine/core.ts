import type { WasmMemory } from "../support/platform.js";
import type { TheoryExports } from "./theory-core.js";

/**
 * The exports of the core (assembly/index.ts), where each is documented. Pointers and sizes are
 * plain numbers.
 */
export interface CoreExports extends TheoryExports {
  readonly memory: WasmMemory;
  heapBase(): number;

  setWorkers(count: number): void;
  regionNumber(): number;
  workerLoop(seen: number): void;
  shutdown(): void;

  initializeParameters(
    seedLow: number,
    seedHigh: number,
    n: number,
    d: number,
    k: number,
    theta: number,
  ): void;
  philox(c0: number, c1: number, c2: number, c3: number, k0: number, k1: number, out: number): void;

  outputScale(n: number, beta: number): number;
  scaledGamma(gamma: number, n: number, beta: number): number;
  toColumns(m: number, d: number, x: number, ldx: number, xt: number): void;
  toRows(m: number, d: number, xt: number, ldx: number, x: number): void;
  activate(kind: number, n: number, z: number, s: number): void;
  isSmooth(kind: number): number;
  activateJet(kind: number, n: number, z: number, s0: number, s1: number, s2: number): void;
  blockSize(d: number, k: number): number;
  problemBytes(): number;
  problemSet(
    problem: number,
    kind: number,
    n: number,
    d: number,
    k: number,
    m: number,
    ldx: number,
    s: number,
    x: number,
    jets: number,
    trialJets: number,
    cached: number,
    work: number,
  ): void;
  workBytes(n: number, d: number, k: number, m: number): number;
  jetBytes(m: number): number;
  keepJets(problem: number, theta: number): void;
  adoptJets(problem: number): void;
  forwardTrial(problem: number, theta: number, f: number): void;
  forward(problem: number, theta: number, f: number): void;
  residual(problem: number, f: number, y: number, r: number): number;
  jacobianProduct(problem: number, theta: number, direction: number, out: number): void;
  secondDerivative(problem: number, theta: number, direction: number, out: number): void;
  jacobianTranspose(problem: number, theta: number, u: number, factor: number, out: number): void;
  hessianBlocks(
    problem: number,
    theta: number,
    r: number,
    blocks: number,
    first: number,
    count: number,
  ): void;
  decomposeBlocks(
    problem: number,
    blocks: number,
    values: number,
    vectors: number,
    first: number,
    count: number,
  ): void;
  curvedBlocks(
    problem: number,
    values: number,
    vectors: number,
    curvature: number,
    blocks: number,
  ): void;
  blocksNegative(problem: number, values: number, curvature: number, gamma: number): number;
  blocksSolve(
    problem: number,
    values: number,
    vectors: number,
    curvature: number,
    gamma: number,
    input: number,
    output: number,
  ): void;
  blocksMultiply(
    problem: number,
    values: number,
    vectors: number,
    curvature: number,
    gamma: number,
    input: number,
    output: number,
  ): void;
  blocksProduct(problem: number, blocks: number, input: number, output: number): void;
  blocksQuadratic(problem: number, blocks: number, x: number): number;
  rayleighMinimum(problem: number, theta: number, values: number, vectors: number): number;
  addGramBlocks(problem: number, theta: number, blocks: number, first: number, count: number): void;
  panelDepth(samples: number): number;
  jacobianBlock(): number;
  jacobianPanels(
    problem: number,
    theta: number,
    output: number,
    first: number,
    count: number,
    panels: number,
  ): void;
  jacobianToRows(
    parameters: number,
    count: number,
    panels: number,
    full: number,
    stride: number,
  ): void;
  hessianPanelBytes(parameters: number, m: number): number;
  hessian(problem: number, theta: number, blocks: number, h: number, panels: number): void;

  groupBytes(d: number, k: number, ldx: number): number;
  functionSpaceMatrix(
    problem: number,
    theta: number,
    values: number,
    vectors: number,
    curvature: number,
    gamma: number,
    c: number,
    group: number,
  ): number;

  axpby(n: number, alpha: number, x: number, beta: number, y: number): void;
  copyVector(n: number, x: number, y: number): void;
  dot(n: number, a: number, b: number): number;
  axpy(n: number, alpha: number, x: number, y: number): void;
  norm2(n: number, x: number): number;
  normMax(n: number, x: number): number;
  distance(n: number, a: number, b: number): number;
  distanceMax(n: number, a: number, b: number): number;
  firstNonFinite(n: number, x: number): number;

  packedBytes(n: number): number;
  packedZero(n: number, a: number): void;
  packedAddDiagonal(n: number, a: number, gamma: number): void;
  packedFromFull(n: number, full: number, ld: number, a: number): void;
  packedToFull(n: number, a: number, full: number, ld: number): void;
  addDiagonal(n: number, a: number, ld: number, gamma: number): void;
  syrk(n: number, k: number, alpha: number, a: number, c: number): void;
  potrf(n: number, a: number, rdiag: number): number;
  potrfReciprocalBytes(n: number): number;
  spotrf(n: number, a: number, rdiag: number): number;
  symv(n: number, a: number, gamma: number, x: number, y: number): void;
  packedNorm(n: number, a: number, gamma: number): number;
  mixedFactorBytes(n: number): number;
  mixedScratchBytes(n: number): number;
  mixedVectorBytes(n: number): number;
  mixedPrepare(n: number, a: number, gamma: number, l: number, work: number): number;
  mixedSolve(
    n: number,
    a: number,
    gamma: number,
    l: number,
    b: number,
    x: number,
    work: number,
  ): number;
  potrs(n: number, l: number, rdiag: number, x: number): void;
  potrsVectorBytes(n: number): number;
  syevj(n: number, a: number, values: number, vectors: number): number;
  sytrf(n: number, a: number, ld: number, pivot: number, work: number): number;
  sytrfMatrixBytes(n: number): number;
  sytrfPivotBytes(n: number): number;
  sytrfWorkBytes(n: number): number;
  sytrfNegative(n: number, a: number, ld: number, pivot: number): number;
  sytrs(n: number, a: number, ld: number, pivot: number, x: number): void;

  lbfgsPair(
    n: number,
    index: number,
    s: number,
    y: number,
    rho: number,
    theta: number,
    thetaNext: number,
    g: number,
    gNext: number,
  ): number;
  lbfgsDirection(
    n: number,
    capacity: number,
    count: number,
    newest: number,
    s: number,
    y: number,
    rho: number,
    alpha: number,
    g: number,
    d: number,
  ): void;
  descend(n: number, alpha: number, theta: number, step: number, out: number): void;
  adam(
    n: number,
    t: number,
    alpha: number,
    b1: number,
    b2: number,
    epsilon: number,
    g: number,
    mean: number,
    square: number,
    theta: number,
    out: number,
  ): void;

  columnMean(m: number, stride: number, x: number): number;
  columnScale(m: number, stride: number, x: number, mean: number): number;
  squaredDistance(m: number, a: number, b: number): number;
  standardizeColumn(m: number, stride: number, x: number, mean: number, scale: number): void;
  restoreColumn(m: number, stride: number, x: number, mean: number, scale: number): void;
}
