import { type MethodName, methodNames } from "../../methods/table.js";
import { Network } from "../../network/network.js";
import { train } from "../../network/train.js";
import { type Acceleration, accelerationNames } from "../../objective/acceleration.js";
import { type Curvature, curvatureNames } from "../../objective/curvature.js";
import {
  DEFAULT_POLICY,
  type PolicyName,
  policyNames,
  type Regularization,
  regularizationOf,
} from "../../regularization/table.js";
import { type Activation, activationNames } from "../../shape/activations.js";
import { type SolverName, solverNames } from "../../solvers/table.js";
import type { TrainOptions } from "../../training/options.js";
import type { StepRecord, StopReason } from "../../training/record.js";
import type { Experiment } from "./experiment.js";
import { BETA, heldOut, type ProblemName, problem, problemNames } from "./problems.js";
import { numbers, positive, seed, trainingEstimate, whole } from "./settings.js";

/**
 * One training from random parameters. Settings that are absent have the defaults of
 * `Network.create` and `train`.
 */
export interface TrainingSettings {
  /** A built-in problem, or the name of a data set of the plan; default `published`. */
  readonly target?: string;
  /** Points of a built-in problem; default 128. */
  readonly samples?: number;
  readonly width: number;
  readonly seed: number;
  readonly beta?: number;
  readonly activation?: Activation;
  readonly method?: MethodName;
  readonly learningRate?: number;
  readonly solver?: SolverName;
  readonly curvature?: Curvature;
  readonly acceleration?: Acceleration;
  readonly policy?: PolicyName;
  /** gamma of the policies `fixed` and `scaled`, where the others begin. */
  readonly gamma?: number;
  readonly maxSteps?: number;
  /** Stop at this loss. */
  readonly stopLoss?: number;
  /** Losses whose first step is recorded. */
  readonly levels?: readonly number[];
}

export interface TrainingResult {
  readonly reason: StopReason;
  readonly initialLoss: number;
  readonly loss: number;
  readonly steps: number;
  /** Systems that were solved, or gradients taken: with the tries that were rejected. */
  readonly tries: number;
  /** First step at or below each level, `null` for those not reached. */
  readonly reached: readonly (number | null)[];
  /**
   * Loss halfway between the points of a built-in problem, or on the rows of a table that were kept
   * aside; `null` without any.
   */
  readonly testLoss: number | null;
}

const DEFAULT_SAMPLES = 128;

export const training: Experiment<TrainingSettings, TrainingResult> = {
  properties: {
    target: { type: "string" },
    samples: { type: "integer", minimum: 2, maximum: 1_000_000 },
    width: whole,
    seed,
    beta: { type: "number", exclusiveMinimum: 0.5, maximum: 1 },
    activation: { type: "string", enum: activationNames },
    method: { type: "string", enum: methodNames },
    learningRate: positive,
    solver: { type: "string", enum: solverNames },
    curvature: { type: "string", enum: curvatureNames },
    acceleration: { type: "string", enum: accelerationNames },
    policy: { type: "string", enum: policyNames },
    gamma: positive,
    maxSteps: whole,
    stopLoss: positive,
    levels: numbers,
  },
  required: ["width", "seed"],
  estimate: ({ width, samples = DEFAULT_SAMPLES, maxSteps = 1000, method, solver }, data) =>
    trainingEstimate({
      width,
      samples: data?.samples ?? samples,
      inputs: data?.inputs ?? 1,
      maxSteps,
      method,
      solver,
    }),
  compute: async (settings, { engine, data: given }) => {
    const { target = "published", samples = DEFAULT_SAMPLES, levels = [] } = settings;
    const name = target as ProblemName;
    const { x, y } = given ?? problem(engine, name, samples);
    const data = { x, y };
    const { width, seed, beta = BETA, activation = "tanh" } = settings;
    const network = await Network.create({
      inputs: inputsOf(data.x),
      width,
      seed,
      beta,
      activation,
      engine,
    });
    try {
      const run = await train(network, data, trainOptions(settings));
      const test = given === null ? heldOut(engine, name, samples) : given.test;
      return {
        reason: run.reason,
        initialLoss: run.initialLoss,
        loss: run.loss,
        steps: run.steps,
        tries: run.history.reduce((sum, { rejected }) => sum + 1 + rejected.length, 0),
        reached: levels.map((level) => firstAtOrBelow(run.history, level)),
        testLoss: test === undefined ? null : network.loss(test),
      };
    } finally {
      network.dispose();
    }
  },
};

export function isBuiltIn(target: unknown): boolean {
  return target === undefined || problemNames.includes(target as ProblemName);
}

function inputsOf(x: unknown): number {
  const first = (x as readonly unknown[])[0];
  return Array.isArray(first) ? first.length : 1;
}

function trainOptions(settings: TrainingSettings): TrainOptions {
  const { method, learningRate, solver, curvature, acceleration, maxSteps, stopLoss } = settings;
  const regularization = chooseRegularization(settings);
  return {
    ...(method !== undefined && { method }),
    ...(learningRate !== undefined && { learningRate }),
    ...(solver !== undefined && { solver }),
    ...(curvature !== undefined && { curvature }),
    ...(acceleration !== undefined && { acceleration }),
    ...(maxSteps !== undefined && { maxSteps }),
    ...(regularization !== undefined && { regularization }),
    ...(stopLoss !== undefined && { stop: { loss: stopLoss } }),
  };
}

function chooseRegularization({ policy, gamma }: TrainingSettings): Regularization | undefined {
  if (policy === undefined && gamma === undefined) return undefined;
  return regularizationOf(policy ?? DEFAULT_POLICY, gamma);
}

function firstAtOrBelow(history: readonly StepRecord[], level: number): number | null {
  return history.find(({ loss }) => loss <= level)?.step ?? null;
}
