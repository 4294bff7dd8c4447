import type { Engine } from "../../engine/engine.js";
import type { Settings } from "../experiments/experiment.js";
import type { Plan } from "../sweep/plan.js";

/** Results of a plan. */
export interface PlanResults<T> {
  /** That of the cell with these values of what the grid varies. */
  of(varied: Settings): T;
}

/**
 * What a figure is made with: its plans are run once, and the results kept in the output folder.
 */
export interface Laboratory {
  /** For what belongs to the infinitely wide network, which is computed here. */
  readonly engine: Engine;
  readonly quick: boolean;
  readonly seeds: (usual: { readonly quick: number; readonly full: number }) => number[];
  readonly run: <T>(plan: Plan) => Promise<PlanResults<T>>;
}
