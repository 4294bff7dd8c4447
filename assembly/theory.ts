/**
 * What only the theory needs. The builds without threads have it in a module of its own over the
 * memory of assembly/index.ts, loaded when it is asked for; those with threads have both in one.
 */

/** First byte behind the static data of this module. */
export function theoryEnd(): usize {
  return __heap_base;
}

export { gemmRows } from "./linalg/gemm";
export { lstsq } from "./linalg/lstsq";
export { syev, syevWork } from "./linalg/eigen/syev";
export { pointsBytes, pointsFit, pointsSet } from "./theory/covariance";
export {
  hasClosedForm,
  limitDistance,
  limitExpectations,
  limitNodes,
  limitScale,
  limitTangent,
  limitWork,
} from "./theory/limit";
export { fromModes, functionOfKernel, modeDecay, toModes } from "./theory/dynamics";
