/**
 * The enumerations whose numbers are part of the ABI. Compiled by itself: scripts/abi.mjs writes
 * the numbers down for bindings/, so that nobody does by hand.
 */
export { ActivationKind } from "./activations/activation";
export { LossKind, lossTraits } from "./losses/loss";
export { Curvature } from "./newton/curvature";
export { Precisions } from "./fit/evidence";
export { Operation } from "./expressions/tape";
