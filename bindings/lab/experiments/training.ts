import { loadDataset } from "../../data/load.js";
import type { Dataset } from "../../data/matrix.js";
import { predictLoaded } from "../../derivatives/derivatives.js";
import { probabilitiesOf, scoreClasses } from "../../fit/classification.js";
import { type MethodName, methodNames } from "../../methods/table.js";
import { Network, networkAccess } from "../../network/network.js";
import { train } from "../../network/train.js";
import { type Acceleration, accelerationNames } from "../../objective/acceleration.js";
import { type Curvature, curvatureNames } from "../../objective/curvature.js";
import {
  DEFAULT_LOSS,
  type Loss,
  type LossName,
  lossNames,
  lossTraits,
} from "../../objective/losses.js";
import type { Penalty } from "../../objective/penalty.js";
import {
  DEFAULT_POLICY,
  type PolicyName,
  policyNames,
  type Regularization,
  regularizationOf,
} from "../../regularization/table.js";
import { type Activation, activationNames } from "../../shape/activations.js";
import { type SolverName, solverNames } from "../../solvers/table.js";
import { invalid } from "../../support/errors.js";
import type { TrainOptions } from "../../training/options.js";
import type { StepRecord, StopReason } from "../../training/record.js";
import type { Experiment, GivenData } from "./experiment.js";
import { BETA, heldOut, type ProblemName, problem, problemNames } from "./problems.js";
import { loss, numbers, penalty, positive, seed, trainingEstimate, whole } from "./settings.js";

/**
 * One training from random parameters. Settings that are absent have the defaults of
 * `Network.create` and `train`.
 */
export interface TrainingSettings {
  /** A built-in problem, or the name of a data set of the plan; default `published`. */
  readonly target?: string;
  /** Default `squares`. Targets that are classes need one of those for classes. */
  readonly loss?: Loss;
  /** lambda of all parameters, or of each group; default none. */
  readonly penalty?: number | Penalty;
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
   * aside, without the penalty; `null` without any.
   */
  readonly testLoss: number | null;
  /** Of classes: how well those of the rows kept aside are predicted (`ClassQuality`). */
  readonly testAccuracy?: number;
  readonly testLogLoss?: number;
  readonly testBrier?: number;
}

const DEFAULT_SAMPLES = 128;

export const training: Experiment<TrainingSettings, TrainingResult> = {
  properties: {
    target: { type: "string" },
    loss,
    penalty,
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
  estimate: ({ width, samples = DEFAULT_SAMPLES, maxSteps = 1000, ...settings }, data) =>
    trainingEstimate({
      width,
      samples: data?.samples ?? samples,
      inputs: data?.inputs ?? 1,
      outputs: outputsFor(nameOf(settings.loss), data?.classes ?? 0),
      maxSteps,
      method: settings.method,
      solver: settings.solver,
    }),
  compute: async (settings, { engine, data: given }) => {
    const { target = "published", samples = DEFAULT_SAMPLES, levels = [] } = settings;
    const name = target as ProblemName;
    const { x, y, weights } = given ?? { ...problem(engine, name, samples), weights: undefined };
    const data = { x, y, ...(weights !== undefined && { weights }) };
    const { width, seed, beta = BETA, activation = "tanh", loss: chosen = DEFAULT_LOSS } = settings;
    const classes = given?.classes ?? null;
    checkClassLoss(nameOf(chosen), classes);
    const network = await Network.create({
      inputs: inputsOf(data.x),
      outputs: outputsFor(nameOf(chosen), classes?.length ?? 0),
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
        testLoss: test === undefined ? null : network.loss(test, { loss: chosen }),
        ...(test !== undefined && classes !== null && scoresOf(network, test)),
      };
    } finally {
      network.dispose();
    }
  },
};

function nameOf(loss: Loss = DEFAULT_LOSS): LossName {
  return typeof loss === "string" ? loss : loss.name;
}

/** Outputs of a network: one a class where the loss has it so. */
function outputsFor(name: LossName, classes: number): number {
  return lossTraits(name).classes ? Math.max(classes, 2) : 1;
}

/**
 * Numbers of classes are no quantities; and a loss with an output a class has to know how many
 * there are.
 * @throws InputError `invalid-argument`
 */
function checkClassLoss(name: LossName, classes: GivenData["classes"] | null): void {
  const fits = (other: LossName) => {
    const { mostClasses, classes: isOutputEach } = lossTraits(other);
    return classes ? classes.length <= mostClasses : !isOutputEach;
  };
  if (fits(name)) return;
  const of = classes ? `${classes.length} classes` : "targets that are not `classes`";
  const expected = `one of ${lossNames.filter(fits).join(", ")} for ${of}`;
  throw invalid("invalid-argument", "plan.settings.loss", expected, `"${name}"`);
}

function scoresOf(
  network: Network,
  test: Dataset,
): Pick<TrainingResult, "testAccuracy" | "testLogLoss" | "testBrier"> {
  const point = networkAccess(network);
  const { engine, shape } = point;
  const { inputs, outputs } = shape;
  return engine.scope((arena) => {
    const loaded = loadDataset(engine, arena, test, { inputs, outputs: 1 }, true, "test");
    const predicted = predictLoaded(point, arena, loaded, "test.x");
    const p = probabilitiesOf(engine, arena, loaded.samples, outputs, predicted);
    const { accuracy, logLoss, brier } = scoreClasses(
      engine,
      arena,
      loaded,
      p,
      Math.max(2, outputs),
    );
    return { testAccuracy: accuracy, testLogLoss: logLoss, testBrier: brier };
  });
}

export function isBuiltIn(target: unknown): boolean {
  return target === undefined || problemNames.includes(target as ProblemName);
}

function inputsOf(x: unknown): number {
  const first = (x as readonly unknown[])[0];
  return Array.isArray(first) ? first.length : 1;
}

function trainOptions(settings: TrainingSettings): TrainOptions {
  const { method, learningRate, solver, curvature, acceleration, maxSteps, stopLoss } = settings;
  const { loss: chosen, penalty: lambda } = settings;
  const regularization = chooseRegularization(settings);
  return {
    ...(chosen !== undefined && { loss: chosen }),
    ...(lambda !== undefined && { penalty: groupsOf(lambda) }),
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

function groupsOf(lambda: number | Penalty): Penalty {
  return typeof lambda === "number" ? { w: lambda, eta: lambda, c: lambda } : lambda;
}

function chooseRegularization({ policy, gamma }: TrainingSettings): Regularization | undefined {
  if (policy === undefined && gamma === undefined) return undefined;
  return regularizationOf(policy ?? DEFAULT_POLICY, gamma);
}

function firstAtOrBelow(history: readonly StepRecord[], level: number): number | null {
  return history.find(({ loss }) => loss <= level)?.step ?? null;
}
