import type { NumberBound } from "../support/validate.js";

/** What a method remembers from step to step, for a checkpoint: finite values by name. */
export interface MethodState {
  readonly numbers: Readonly<Record<string, number>>;
  readonly vectors: Readonly<Record<string, Float64Array<ArrayBuffer>>>;
}

/** What `save` may give: a checkpoint is held against it before anything is changed. */
export interface StateBounds {
  /** `null` where any finite number will do. */
  readonly numbers: Readonly<Record<string, NumberBound>> | null;
  /** Lengths, and the least that each value may be. */
  readonly vectors: Readonly<Record<string, { readonly length: number; readonly least?: number }>>;
}
