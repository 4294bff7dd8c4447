/**
 * The ABI of the core: one flat list. Pointers are byte offsets into the exported memory; nothing
 * here allocates.
 */

/** First byte of memory that neither this module nor one beside it uses itself. */
export function heapBase(): usize {
  return max<usize>(__heap_base, STATIC_END);
}

/** The static data of all end below this; asconfig.json says where those of the others start. */
const STATIC_END: usize = 80 << 10;

/** First byte behind the static data of this module alone. */
export function coreEnd(): usize {
  return __heap_base;
}

export { initializeParameters } from "./random/initialize";
export { fillStandardNormal } from "./random/initialize";
export { philox } from "./random/philox";

export { logarithm } from "./math/log";
export { outputScale, scaledGamma, toColumns, toRows } from "./model/layout";
export { activate, activateJet, isSmooth } from "./activations/activation";
export { blockSize, objectiveSet, problemBytes, problemSet, workBytes } from "./model/problem";
export { jetBytes } from "./model/jets";
export { pointBytes, pointSet } from "./model/point";
export { forward } from "./model/forward";
export { objective } from "./model/objective";
export { firstBadTarget } from "./losses/loss";
export { classProbabilities, exponentials } from "./losses/prediction";
export { penaltyBlocks, penaltyProduct, penaltyQuadratic } from "./model/penalty";
export {
  curvatureProduct,
  rowsMultiply,
  rowsNegative,
  rowsSigns,
  rowsSplit,
  rowsTranspose,
} from "./model/rows";
export { rowsBytes, rowsMake } from "./newton/rows";
export { jacobianProduct, secondDerivative } from "./model/along";
export { jacobianTranspose } from "./model/transpose";
export { directionProduct, directionTranspose } from "./model/hessianProduct";
export { hessianBlocks } from "./model/blocks";
export {
  blocksMultiply,
  blocksNegative,
  blocksProduct,
  blocksQuadratic,
  blocksSolve,
  curvedBlocks,
  decomposeBlocks,
} from "./newton/curvature";
export { rayleighMinimum } from "./newton/certificate";
export { addGramBlocks } from "./model/gram";
export { jacobianPanels, jacobianToRows, panelDepth } from "./model/jacobian";
export { inputGradient, inputGradientBytes, inputGradientSamples } from "./model/inputGradient";
export { hessian, hessianPanelBytes, jacobianBlock } from "./model/hessian";

export {
  columnMean,
  columnScale,
  restoreColumn,
  standardizeColumn,
} from "./fit/standardize";
export { hasThreeValues, skewness, yeoJohnson, yeoJohnsonLambda } from "./fit/yeoJohnson";
export { classScores, largestClasses, weightedErrors } from "./fit/scores";
export { startParameters } from "./fit/start";
export {
  effectiveByDiagonal,
  groupAddDiagonal,
  groupDivide,
  groupLogDeterminant,
  groupMultiplyAdd,
  groupPenalty,
  groupRootMultiplyAdd,
  groupQuadratic,
  groupSquares,
} from "./fit/groups";
export { jacobianRows } from "./fit/rows";
export {
  crossCovariance,
  crossScratchBytes,
  effectiveByKernels,
  effectiveOfInputs,
  kernelRowsBytes,
  kernels,
  leveragesByInverse,
  priorCovariance,
} from "./fit/kernels";
export {
  chooseRows,
  gatherColumns,
  leaveOneOut,
  leftOut,
  logEvidence,
  scaleVariances,
  updateNoise,
  updatePrecisions,
} from "./fit/evidence";
export {
  addCovariance,
  columnRange,
  markOutside,
  mixtureMoments,
  mixtureQuantiles,
  mixtureScore,
  mixtureWeights,
} from "./fit/mixture";

export {
  axpby,
  axpy,
  copyVector,
  distance,
  distanceMax,
  dot,
  firstNegative,
  firstNonFinite,
  minimum,
  norm2,
  normMax,
  squareRoots,
} from "./linalg/vector";
export {
  packedAddDiagonal,
  packedBytes,
  packedFromFull,
  packedToFull,
  packedZero,
} from "./linalg/packed";
export { syrk } from "./linalg/syrk";
export { potrf, potrfReciprocalBytes, spotrf } from "./linalg/cholesky/potrf";
export { potrs, potrsVectorBytes } from "./linalg/cholesky/potrs";
export { potrfLogDeterminant, rowPanelBytes, rowSquares, trsm } from "./linalg/cholesky/trsm";
export {
  inverseDiagonal,
  inverseFactor,
  inverseFactorBytes,
  inverseMatrix,
} from "./linalg/cholesky/potri";
export {
  mixedFactor,
  mixedFactorBytes,
  mixedPrepare,
  mixedScratchBytes,
  mixedSolve,
  mixedVectorBytes,
} from "./linalg/cholesky/posvMixed";
export { packedNorm, symv } from "./linalg/symv";
export { rowLength } from "./linalg/eigen/syev";
export { syevj } from "./linalg/eigen/syevj";
export { tilesBytes } from "./linalg/gemm";
export { addDiagonal, asymmetry, symmetrize } from "./linalg/symmetric";
export {
  sytrf,
  sytrfMatrixBytes,
  sytrfPivotBytes,
  sytrfWorkBytes,
} from "./linalg/bunchKaufman/sytrf";
export { sytrfNegative, sytrs } from "./linalg/bunchKaufman/sytrs";

export { progressBytes, progressStart } from "./parallel/progress";
export { regionNumber, setWorkers, shutdown, workerLoop } from "./parallel/pool";

export { functionSpaceMatrix } from "./newton/functionSpace";
export { groupBytes } from "./newton/columns";
export {
  lbfgsCurvature,
  lbfgsDirection,
  lbfgsNewestFirst,
  lbfgsOldestFirst,
  lbfgsPair,
} from "./newton/lbfgs";
export { adam, descend } from "./newton/update";

export { gram, gramRow, gramSystem, gramUnpad } from "./theory/gram";
