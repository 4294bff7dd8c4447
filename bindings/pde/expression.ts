import { Operation } from "../engine/generated/enumerations.js";

/** A number at each point: what an equation is made of. */
export type Expression =
  | { readonly kind: "constant"; readonly value: number }
  | { readonly kind: "coordinate" | "data"; readonly index: number }
  | { readonly kind: "parameter"; readonly index: number }
  /** The partial derivative of an unknown, by how often it is taken in each coordinate. */
  | { readonly kind: "feature"; readonly output: number; readonly exponents: readonly number[] }
  | {
      readonly kind: "binary";
      readonly operation: BinaryOperation;
      readonly left: Expression;
      readonly right: Expression;
    }
  | { readonly kind: "negate"; readonly argument: Expression }
  | { readonly kind: "power"; readonly argument: Expression; readonly exponent: number }
  | {
      readonly kind: "function";
      readonly name: FunctionName;
      readonly argument: Expression;
    };

/** The table of functions of one argument, beside the core's (assembly/expressions/). */
export const FUNCTIONS = {
  exp: Operation.EXP,
  log: Operation.LOG,
  sin: Operation.SIN,
  cos: Operation.COS,
  tanh: Operation.TANH,
  sqrt: Operation.SQRT,
  abs: Operation.ABS,
} as const;

export type FunctionName = keyof typeof FUNCTIONS;

interface BinaryTraits {
  /** By which the core knows it. */
  readonly code: number;
  readonly value: (left: number, right: number) => number;
  /** Whether the result is affine, by which of the arguments are affine and not constant. */
  readonly keepsLinear: (left: boolean, right: boolean) => boolean;
}

/** The table of operations of two arguments. */
export const BINARY = {
  "+": { code: Operation.ADD, value: (a, b) => a + b, keepsLinear: () => true },
  "-": { code: Operation.SUBTRACT, value: (a, b) => a - b, keepsLinear: () => true },
  "*": { code: Operation.MULTIPLY, value: (a, b) => a * b, keepsLinear: (a, b) => !(a && b) },
  "/": { code: Operation.DIVIDE, value: (a, b) => a / b, keepsLinear: (_, b) => !b },
} as const satisfies Record<string, BinaryTraits>;

export type BinaryOperation = keyof typeof BINARY;

/** How an expression depends on the unknowns and the parameters: the more, the larger. */
export const DEPENDENCE = { NONE: 0, LINEAR: 1, OTHER: 2 } as const;

export function dependenceOf(expression: Expression): number {
  switch (expression.kind) {
    case "constant":
    case "coordinate":
    case "data":
      return DEPENDENCE.NONE;
    case "feature":
      return DEPENDENCE.LINEAR;
    // A number that is found is a variable of its own; with it the equation is taken as nonlinear.
    case "parameter":
      return DEPENDENCE.OTHER;
    case "negate":
      return dependenceOf(expression.argument);
    case "binary":
      return combined(
        expression.operation,
        dependenceOf(expression.left),
        dependenceOf(expression.right),
      );
    default:
      return dependenceOf(expression.argument) > DEPENDENCE.NONE
        ? DEPENDENCE.OTHER
        : DEPENDENCE.NONE;
  }
}

function combined(operation: BinaryOperation, left: number, right: number): number {
  const more = Math.max(left, right);
  if (more !== DEPENDENCE.LINEAR) return more;
  const { keepsLinear } = BINARY[operation];
  return keepsLinear(left > DEPENDENCE.NONE, right > DEPENDENCE.NONE)
    ? DEPENDENCE.LINEAR
    : DEPENDENCE.OTHER;
}
