/** The ABI of the core: one flat list. Pointers are byte offsets into the exported memory; nothing here allocates. */

/** First byte of memory that the module does not use itself. */
export function heapBase(): usize {
  return __heap_base;
}

export { initializeParameters } from "./random/initialize";
export { philox } from "./random/philox";

export { outputScale, scaledGamma, transposeInputs } from "./model/layout";
export { activate, activateJet } from "./model/activation";
export { forward, forwardScratchBytes, residual } from "./model/forward";
export { blockSize, linearize, linearizeScratchBytes } from "./model/gradient";
export { jacobianPanels, jacobianScratchBytes, jacobianToFull, panelDepth } from "./model/jacobian";
export { hessian, hessianPanelBytes, jacobianBlock } from "./model/hessian";

export { columnMean, columnScale, restoreColumn, squaredDistance, standardizeColumn } from "./model/standardize";

export { axpy, firstNonFinite, norm2, normMax } from "./linalg/vector";
export { packedAddDiagonal, packedBytes, packedFromFull, packedToFull, packedZero } from "./linalg/packed";
export { syrk } from "./linalg/syrk";
export { potrf, spotrf } from "./linalg/potrf";
export { potrs } from "./linalg/potrs";
export { mixedFactorBytes, mixedPrepare, mixedScratchBytes, mixedSolve } from "./linalg/posvMixed";
export { packedNorm, symv } from "./linalg/symv";
export { sytrf, sytrfNegative, sytrs } from "./linalg/ldlt";

export { regionNumber, setWorkers, shutdown, workerLoop } from "./parallel/pool";

export { denseIndefinite, densePrepare, denseSolve } from "./newton/dense";
export { adam, descend } from "./newton/update";
