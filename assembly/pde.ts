/**
 * What only differential equations need: features, equations, QR. As assembly/theory.ts, a module
 * of its own over the memory of assembly/index.ts where there are no threads.
 */

/** First byte behind the static data of this module. */
export function pdeEnd(): usize {
  return __heap_base;
}

export { tapeEvaluate } from "./expressions/evaluate";
export { tapeBytes, tapeRecordBytes, tapeSet, tapeWork } from "./expressions/tape";
export { featureBlocks } from "./features/blocks";
export { featureColumns, featureTranspose } from "./features/columns";
export { featuresBytes, featuresSet, featuresWork } from "./features/features";
export { featureDirections, featureValues } from "./features/values";
export { chainAlong, chainBend, chainRows, chainShared } from "./operators/chain";
export {
  clearTop,
  columnsMultiply,
  columnsTranspose,
  fillDiagonal,
  largestColumn,
  normalAddBlocks,
  normalMatrix,
  normalPanelBytes,
} from "./operators/normal";
export {
  latinPoints,
  sobolDimensions,
  sobolPoints,
  uniformPoints,
} from "./operators/points";
export { extendRange, startInBox } from "./operators/start";
export { geqrf, geqrfWork } from "./linalg/qr/geqrf";
export { ormqr, trtrs } from "./linalg/qr/ormqr";
