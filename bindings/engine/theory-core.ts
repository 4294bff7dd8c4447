/**
 * The exports of the core that only the theory needs: assembly/theory, and what they are made of.
 */
export interface TheoryExports {
  syev(n: number, a: number, values: number, vectors: number, work: number): number;
  syevWork(n: number): number;
  gemmRows(
    m: number,
    n: number,
    k: number,
    a: number,
    lda: number,
    b: number,
    ldb: number,
    c: number,
    ldc: number,
  ): void;
  tilesBytes(aRows: number, bRows: number): number;
  lstsq(m: number, n: number, a: number, b: number, x: number, r: number): number;

  gram(
    a: number,
    b: number,
    theta: number,
    values: number,
    vectors: number,
    curvature: number,
    gamma: number,
    groupA: number,
    groupB: number,
    tiles: number,
  ): void;
  gramRow(a: number, b: number, tiles: number, row: number, out: number): void;
  gramSystem(problem: number, tiles: number, c: number): void;
  gramUnpad(problem: number, f: number, out: number): void;
  minimum(n: number, x: number): number;
  squareRoots(n: number, x: number): void;
  symmetrize(n: number, a: number): void;
  asymmetry(n: number, a: number): number;

  hasClosedForm(kind: number): number;
  pointsBytes(): number;
  pointsFit(points: number, d: number): number;
  pointsSet(points: number, x: number, count: number, ldx: number): void;
  limitWork(n: number): number;
  limitNodes(kind: number, d: number, points: number, fineness: number, work: number): number;
  limitExpectations(
    kind: number,
    d: number,
    a: number,
    b: number,
    n: number,
    fineness: number,
    shift: number,
    values: number,
    slopes: number,
    work: number,
  ): void;
  limitTangent(
    d: number,
    a: number,
    b: number,
    values: number,
    slopes: number,
    kernel: number,
    work: number,
  ): void;
  limitScale(
    kind: number,
    d: number,
    points: number,
    n: number,
    fineness: number,
    scale: number,
    work: number,
  ): void;
  limitDistance(
    rows: number,
    columns: number,
    first: number,
    second: number,
    scaleA: number,
    scaleB: number,
  ): number;

  modeDecay(
    n: number,
    values: number,
    discrete: number,
    rate: number,
    t: number,
    decay: number,
    phi: number,
  ): void;
  toModes(n: number, ld: number, vectors: number, r: number, coefficients: number): void;
  fromModes(
    n: number,
    ld: number,
    vectors: number,
    factors: number,
    coefficients: number,
    r: number,
  ): void;
  functionOfKernel(n: number, ld: number, vectors: number, factors: number, out: number): void;
}
