import type { Scaling } from "../data/scaling.js";
import { type Checkpoint, encodeCheckpoint, type Snapshot } from "../formats/checkpoint.js";
import type { MethodName } from "../methods/table.js";
import type { Acceleration } from "../objective/acceleration.js";
import type { Curvature } from "../objective/curvature.js";
import type { SolverPlan } from "../solvers/plan.js";
import type { ConcreteSolver } from "../solvers/table.js";
import { InputError, ResourceError } from "../support/errors.js";
import type { StepRecord, StopReason } from "./record.js";
import type { ValidationResult } from "./validation.js";

export interface TrainingRun {
  readonly reason: StopReason;
  /** At the parameters that the network has. */
  readonly loss: number;
  readonly initialLoss: number;
  readonly steps: number;
  readonly seconds: number;
  /** A name, or that of the object which was given as the method. */
  readonly method: MethodName | (string & {});
  /** The solver that was used; `null` for methods that solve no system, as in the next four. */
  readonly solver: ConcreteSolver | null;
  /** What the choice of the solver counted. */
  readonly plan: SolverPlan | null;
  readonly curvature: Curvature | null;
  readonly acceleration: Acceleration | null;
  /** How many systems were solved with which arithmetic. */
  readonly precision: { readonly float64: number; readonly mixed: number } | null;
  readonly history: readonly StepRecord[];
  /** Of the rows that were kept aside; `null` where there were none. */
  readonly validation: ValidationResult | null;
  /**
   * The training as it stood at the end, for `resume`: with a larger `maxSteps` it goes on as if it
   * had never ended.
   */
  checkpoint(): Checkpoint;
}

/**
 * A training that is over. Its last point is kept as it is, and written as text when somebody asks:
 * that takes longer than the copy, and most never ask. `null` where there was no room for a copy,
 * an error where the method's own `save` gave nothing that could be kept.
 */
export type Finished = Omit<TrainingRun, "checkpoint"> & {
  readonly last: Snapshot | InputError | null;
};

/** A training on data that were brought to other units first. */
export interface Fitted {
  readonly run: Finished;
  readonly scaling: Scaling;
}

export function asRun({ last, ...facts }: Finished): TrainingRun {
  return {
    ...facts,
    checkpoint: () => {
      if (last instanceof InputError) throw last;
      if (last !== null) return encodeCheckpoint(last);
      throw new ResourceError(
        "out-of-memory",
        "run.checkpoint: when the training ended there was no room for a copy of its state",
      );
    },
  };
}
