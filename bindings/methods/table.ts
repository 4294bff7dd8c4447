import type { Arena } from "../engine/engine.js";
import { type Curvature, requireCurvature, WITHOUT_BLOCKS } from "../objective/curvature.js";
import type { Point } from "../objective/point.js";
import { describe, InputError } from "../support/errors.js";
import { checkChoice, checkNumber, namesOf } from "../support/validate.js";
import { CustomMethod, checkMethod, isMethodObject, type Method } from "./custom.js";
import { Adam, GradientDescent } from "./first-order.js";
import { LBFGS } from "./lbfgs.js";
import type { StepMethod } from "./method.js";
import { METHOD_OPTIONS, type MethodOptions, SYSTEM_OPTIONS } from "./options.js";
import { createNewton } from "./system.js";
import { TrustRegion } from "./trust-region.js";

/** What a method is made of. */
export interface MethodContext {
  /** Where the training begins. */
  readonly point: Point;
  readonly arena: Arena;
  /** Validated. */
  readonly options: MethodOptions;
  /** Of the method's traits. */
  readonly curvature: Curvature | null;
  /** alpha; 1 for methods that find it themselves. */
  readonly rate: number;
}

interface MethodTraits {
  /** Whether it solves a system: it then has a solver, a curvature and a regularization. */
  readonly secondOrder: boolean;
  /** The only curvature it has; `null` where that is an option, or there is none. */
  readonly curvature: Curvature | null;
  /** alpha, where `train` is told none; `null` where there is no safe one. */
  readonly defaultLearningRate: number | null;
  /** Whether it finds alpha by a line search, and takes none. */
  readonly searches: boolean;
  /** Whether it makes several products with J at a point, so that the jets there are kept. */
  readonly returns: boolean;
  readonly create: (context: MethodContext) => StepMethod;
}

const createSystem = ({ point, arena, options, curvature, rate }: MethodContext) =>
  createNewton(point, arena, options, curvature, rate);

/** What methods remember of earlier steps, by default. */
const PAIRS = 20;

/** The table a method is added to, beside its file. */
export const METHODS = {
  newton: {
    secondOrder: true,
    curvature: null,
    defaultLearningRate: 1,
    searches: false,
    returns: true,
    create: createSystem,
  },
  "gauss-newton": {
    secondOrder: true,
    curvature: WITHOUT_BLOCKS,
    defaultLearningRate: 1,
    searches: false,
    returns: true,
    create: createSystem,
  },
  "trust-region": {
    secondOrder: false,
    curvature: null,
    defaultLearningRate: 1,
    searches: true,
    returns: true,
    create: ({ point, arena, options }) => {
      const { shape, engine } = point.problem;
      requireCurvature(engine, shape.activation, "exact", "options.method");
      return new TrustRegion(point.problem, arena, options.corrections ?? PAIRS);
    },
  },
  lbfgs: {
    secondOrder: false,
    curvature: null,
    defaultLearningRate: 1,
    searches: true,
    returns: false,
    create: ({ point, arena, options }) =>
      new LBFGS(point.problem, arena, options.corrections ?? PAIRS),
  },
  gd: {
    secondOrder: false,
    curvature: null,
    defaultLearningRate: null,
    searches: false,
    returns: false,
    create: ({ point, arena, rate }) => new GradientDescent(point.problem, arena, rate),
  },
  adam: {
    secondOrder: false,
    curvature: null,
    defaultLearningRate: 1e-2,
    searches: false,
    returns: false,
    create: ({ point, arena, rate }) => new Adam(point.problem, arena, rate),
  },
} as const satisfies Record<string, MethodTraits>;

/**
 * `newton` and `gauss-newton` solve a system at every step, `trust-region` as far as is worth while
 * and without a matrix; `lbfgs` is a quasi-Newton method, `gd`
 * gradient descent and `adam` that of Kingma and Ba.
 */
export type MethodName = keyof typeof METHODS;

export const methodNames = namesOf(METHODS);

/** The method of a training that is told none. */
export const DEFAULT_METHOD = "newton" satisfies MethodName;

/** The traits, without what the type knows of the single method. */
export function methodTraits(name: MethodName): MethodTraits {
  return METHODS[name];
}

/** @throws InputError `invalid-argument` for what is neither a name nor a method */
export function checkMethodChoice(value: MethodName | Method, argument: string): void {
  if (isMethodObject(value)) checkMethod(value, argument, methodNames);
  else checkChoice(value, argument, methodNames);
}

/** Whether a method makes several products with J at a point. */
export function returnsToPoint(method: MethodName | Method): boolean {
  return !isMethodObject(method) && methodTraits(method).returns;
}

/** The methods that solve a system. */
const systemNames = methodNames.filter((name) => METHODS[name].secondOrder);

/**
 * `options` hold validated names.
 *
 * @param point where the training begins
 * @throws InputError `invalid-argument`, `unsupported-activation`; ResourceError `out-of-memory`
 */
export function createMethod(
  method: MethodName | Method,
  point: Point,
  arena: Arena,
  options: MethodOptions,
): StepMethod {
  if (isMethodObject(method)) {
    refuseOptions(METHOD_OPTIONS, options, "a method that is an object has its own");
    return new CustomMethod(method, point.problem, arena);
  }
  const name = method;
  const { create, curvature, secondOrder } = methodTraits(name);
  if (!secondOrder) {
    const why = `"${name}" solves no system; the option belongs to ${quoted(systemNames)}`;
    refuseOptions(SYSTEM_OPTIONS, options, why);
  }
  const rate = learningRate(name, options);
  if (curvature !== null) refuseCurvature(name, options);
  return create({ point, arena, options, curvature, rate });
}

function refuseOptions(
  keys: readonly (keyof MethodOptions)[],
  options: MethodOptions,
  why: string,
): void {
  const key = keys.find((option) => options[option] !== undefined);
  if (key !== undefined) throw refused(key, options[key], why);
}

function refuseCurvature(name: MethodName, { curvature }: MethodOptions): void {
  if (curvature === undefined) return;
  const free = systemNames.filter((other) => METHODS[other].curvature === null);
  throw refused(
    "curvature",
    curvature,
    `"${name}" has its own; the option belongs to ${quoted(free)}`,
  );
}

function learningRate(name: MethodName, { learningRate }: MethodOptions): number {
  const { searches, defaultLearningRate } = methodTraits(name);
  if (learningRate !== undefined) {
    if (!searches) return checkNumber(learningRate, "options.learningRate", { above: 0 });
    const why = `"${name}" finds the length of its steps by a line search`;
    throw refused("learningRate", learningRate, why);
  }
  if (defaultLearningRate !== null) return defaultLearningRate;
  throw new InputError(
    "invalid-argument",
    `options.learningRate: "${name}" has no default that is safe for every problem; give one`,
    { argument: "options.learningRate", expected: "a finite number above 0", got: "undefined" },
  );
}

function refused(option: keyof MethodOptions, value: unknown, why: string): InputError {
  const argument = `options.${option}`;
  const details = { argument, expected: "nothing", got: describe(value) };
  return new InputError("invalid-argument", `${argument}: ${why}`, details);
}

function quoted(names: readonly string[]): string {
  return names.map((name) => `"${name}"`).join(" and ");
}
