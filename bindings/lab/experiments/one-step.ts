import type { Engine } from "../../engine/engine.js";
import { Network } from "../../network/network.js";
import { train } from "../../network/train.js";
import { limitDynamics } from "../../theory/dynamics.js";
import { nntk, ntk } from "../../theory/kernels.js";
import { limitNntk, newtonKernel, scaledGamma } from "../../theory/limit.js";
import { definitenessMargin } from "../../theory/margin.js";
import { relativeDistance } from "./distance.js";
import type { Experiment } from "./experiment.js";
import { oneStepProblem } from "./problems.js";
import { kernelEstimate, numbers, positive, seed, whole } from "./settings.js";

/**
 * One regularized Gauss-Newton step from random parameters, as in figures 1 and 2: what it does to
 * the loss, to the parameters and how far the kernel is from that of the limit, for every gamma.
 */
export interface OneStepSettings {
  readonly frequency: number;
  readonly width: number;
  readonly beta: number;
  readonly gammas: readonly number[];
  readonly seed: number;
  /**
   * Whether to find the smallest eigenvalue of the exact Hessian too, which is most of the time of
   * a wide network.
   */
  readonly margin: boolean;
  /** Whether to make the kernel with the exact Hessian too. */
  readonly exact: boolean;
}

export interface OneStepResult {
  /** One entry a gamma. */
  readonly steps: readonly {
    readonly gamma: number;
    /**
     * L / |y|^2 of the linear prediction in function space, and of the network after the real step.
     */
    readonly linearLoss: number;
    readonly realLoss: number;
    /** Largest change of a single parameter. */
    readonly updateMax: number;
    /** |NNTK_N - NNTK_inf|_F / |NNTK_inf|_F */
    readonly kernelDistance: number;
    /** The same with the curvature of the single neurons; where H + gamma_N I is indefinite too. */
    readonly exactDistance: number | null;
  }[];
  /**
   * Smallest eigenvalue of the exact Hessian; H + gamma_N I is positive definite for gamma_N above
   * minus this.
   */
  readonly smallest: number | null;
}

export const oneStep: Experiment<OneStepSettings, OneStepResult> = {
  properties: {
    frequency: positive,
    width: whole,
    beta: positive,
    gammas: numbers,
    seed,
    margin: { type: "boolean" },
    exact: { type: "boolean" },
  },
  required: ["frequency", "width", "beta", "gammas", "seed", "margin", "exact"],
  estimate: ({ width, gammas, margin }) => kernelEstimate(width, gammas.length + (margin ? 40 : 0)),
  compute: (settings, { engine }) => computeOneStep(engine, settings),
};

async function computeOneStep(
  engine: Engine,
  { frequency, width, beta, gammas, seed, margin, exact }: OneStepSettings,
): Promise<OneStepResult> {
  const data = oneStepProblem(engine, frequency);
  const square = data.y.reduce((sum, value) => sum + value * value, 0);
  const network = await Network.create({ width, beta, seed, engine });
  try {
    const start = network.parameters;
    const initial = network.predict(data.x);
    const tangent = ntk(network, data.x);
    const smallest = margin
      ? definitenessMargin(network, data, { tolerance: 1e-3 }).smallest
      : null;
    const steps = [];
    for (const gamma of gammas) {
      const gammaN = await scaledGamma(gamma, { width, beta, engine });
      const kernel = await newtonKernel(tangent, { gamma: gammaN, engine });
      const [linear] = await limitDynamics({ kernel, y: data.y, initial, times: [1], engine });
      const limit = await limitNntk(data.x, { gamma, engine });
      network.setParameters(start);
      const exactDistance = exact
        ? relativeDistance(
            engine,
            nntk(network, data, { gamma: gammaN, curvature: "exact" }),
            limit,
          )
        : null;
      const run = await train(network, data, {
        method: "gauss-newton",
        solver: "function-space",
        regularization: { policy: "fixed", gamma: gammaN },
        maxSteps: 1,
      });
      steps.push({
        gamma,
        linearLoss: linear!.loss / square,
        realLoss: run.loss / square,
        updateMax: run.history[0]!.updateMax,
        kernelDistance: relativeDistance(engine, kernel, limit),
        exactDistance,
      });
    }
    return { steps, smallest };
  } finally {
    network.dispose();
  }
}
