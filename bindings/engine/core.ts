/** The exports of the core (assembly/index.ts), where each is documented. Pointers and sizes are plain numbers. */
export interface CoreExports {
  readonly memory: WebAssembly.Memory;
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
    theta: number,
  ): void;
  philox(c0: number, c1: number, c2: number, c3: number, k0: number, k1: number, out: number): void;

  outputScale(n: number, beta: number): number;
  scaledGamma(gamma: number, n: number, beta: number): number;
  transposeInputs(m: number, d: number, x: number, ldx: number, xt: number): void;
  activate(kind: number, n: number, z: number, s: number): void;
  activateJet(kind: number, n: number, z: number, s0: number, s1: number, s2: number): void;
  forwardScratchBytes(): number;
  forward(
    kind: number,
    n: number,
    d: number,
    m: number,
    s: number,
    theta: number,
    x: number,
    ldx: number,
    f: number,
    work: number,
  ): void;
  residual(m: number, ldx: number, f: number, y: number, r: number): number;
  blockSize(d: number): number;
  linearizeScratchBytes(): number;
  linearize(
    kind: number,
    n: number,
    d: number,
    m: number,
    s: number,
    theta: number,
    x: number,
    ldx: number,
    r: number,
    g: number,
    blocks: number,
    work: number,
  ): void;
  panelDepth(samples: number): number;
  jacobianScratchBytes(): number;
  jacobianBlock(): number;
  jacobianPanels(
    kind: number,
    n: number,
    d: number,
    count: number,
    s: number,
    theta: number,
    x: number,
    ldx: number,
    panels: number,
    work: number,
  ): void;
  jacobianToFull(parameters: number, count: number, panels: number, full: number): void;
  hessianPanelBytes(parameters: number, m: number): number;
  hessian(
    kind: number,
    n: number,
    d: number,
    m: number,
    s: number,
    theta: number,
    x: number,
    ldx: number,
    blocks: number,
    h: number,
    panels: number,
    work: number,
  ): void;

  axpy(n: number, alpha: number, x: number, y: number): void;
  norm2(n: number, x: number): number;
  normMax(n: number, x: number): number;
  firstNonFinite(n: number, x: number): number;

  packedBytes(n: number): number;
  packedZero(n: number, a: number): void;
  packedAddDiagonal(n: number, a: number, gamma: number): void;
  packedFromFull(n: number, full: number, ld: number, a: number): void;
  packedToFull(n: number, a: number, full: number, ld: number): void;
  syrk(n: number, k: number, alpha: number, a: number, c: number): void;
  potrf(n: number, a: number, rdiag: number): number;
  spotrf(n: number, a: number, rdiag: number): number;
  symv(n: number, a: number, gamma: number, x: number, y: number): void;
  packedNorm(n: number, a: number, gamma: number): number;
  mixedFactorBytes(n: number): number;
  mixedScratchBytes(n: number): number;
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
  sytrf(n: number, a: number, ld: number, pivot: number, work: number): number;
  sytrfNegative(n: number, a: number, ld: number, pivot: number): number;
  sytrs(n: number, a: number, ld: number, pivot: number, x: number): void;

  densePrepare(n: number, h: number, gamma: number, rdiag: number): number;
  denseSolve(n: number, l: number, rdiag: number, g: number, step: number): void;
  denseIndefinite(
    n: number,
    h: number,
    gamma: number,
    full: number,
    pivot: number,
    work: number,
    g: number,
    step: number,
  ): number;
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
