import type { Scaling } from "../data/scaling.js";
import { encodeCheckpoint, type Snapshot } from "../formats/checkpoint.js";
import { ResourceError } from "../support/errors.js";
import type { TrainingRun } from "../types.js";

/**
 * A training that is over. Its last point is kept as it is, and written as text when somebody asks:
 * that takes longer than the copy, and most never ask. `null` where there was no room for a copy.
 */
export type Finished = Omit<TrainingRun, "checkpoint"> & { readonly last: Snapshot | null };

/** A training on data that were brought to other units first. */
export interface Fitted {
  readonly run: Finished;
  readonly scaling: Scaling;
}

export function asRun({ last, ...facts }: Finished): TrainingRun {
  return {
    ...facts,
    checkpoint: () => {
      if (last !== null) return encodeCheckpoint(last);
      throw new ResourceError(
        "out-of-memory",
        "run.checkpoint: when the training ended there was no room for a copy of its state",
      );
    },
  };
}
