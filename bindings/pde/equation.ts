import { Operation } from "../engine/generated/enumerations.js";
import { describe, invalid } from "../support/errors.js";
import { BINARY, DEPENDENCE, dependenceOf, type Expression, FUNCTIONS } from "./expression.js";
import { atPlace, type Names, parseExpression, type Source } from "./parse.js";

export type { Names };

/** An instruction of a tape (assembly/expressions/tape.ts). */
export interface Instruction {
  readonly operation: number;
  readonly a: number;
  readonly b: number;
  /** Bit v: it depends on variable v. */
  readonly depends: number;
  readonly constant: number;
}

/** Partial derivative of an output of the network. */
export interface Feature {
  readonly output: number;
  /** How often it is taken in each coordinate. */
  readonly exponents: readonly number[];
}

/** An equation R = 0, as the core evaluates it. */
export interface Equation {
  readonly text: string;
  readonly tape: readonly Instruction[];
  /** The first variables of the tape; the parameters to be found follow. */
  readonly features: readonly Feature[];
  /** The data columns it names, in the order of the tape. */
  readonly data: readonly string[];
  /** Whether R is affine in the features, and has no parameter that is to be found. */
  readonly linear: boolean;
}

/** Bits of an instruction for its variables. */
const MOST_VARIABLES = 32;

export interface CompileOptions {
  readonly argument: string;
  /** Whether there are two sides; default true. */
  readonly equals?: boolean;
}

/** @throws InputError `invalid-argument` with the place in the text */
export function compileEquation(
  text: string,
  names: Names,
  { argument, equals = true }: CompileOptions,
): Equation {
  if (typeof text !== "string") {
    throw invalid("invalid-argument", argument, "an equation", describe(text));
  }
  const expression = equals
    ? difference({ argument, text, offset: 0 }, names)
    : parseExpression({ argument, text, offset: 0 }, text, names);
  const compiler = new Compiler(names);
  compiler.add(expression);
  const { features, tape, data } = compiler.finish();
  const variables = features.length + names.parameters.length;
  if (variables > MOST_VARIABLES) {
    const expected = `at most ${MOST_VARIABLES} derivatives and parameters`;
    throw invalid("invalid-argument", argument, expected, `${variables}`);
  }
  if (equals && dependenceOf(expression) === DEPENDENCE.NONE) {
    const unknown = names.unknowns.join(", ");
    throw invalid("invalid-argument", argument, `an equation in ${unknown}`, `"${text}"`);
  }
  return { text, tape, features, data, linear: dependenceOf(expression) < DEPENDENCE.OTHER };
}

/** Left side less right side. */
function difference(source: Source, names: Names): Expression {
  const { text } = source;
  const sides = text.split("=");
  if (sides.length !== 2) {
    const place = sides.length > 2 ? sides[0]!.length + 1 + sides[1]!.length : text.length;
    const got = sides.length > 2 ? "another" : "none";
    throw atPlace(source, place, 'expected one "="', got);
  }
  const [left, right] = sides as [string, string];
  const offset = left.length + 1;
  return {
    kind: "binary",
    operation: "-",
    left: parseExpression(source, left, names),
    right: parseExpression({ ...source, offset }, right, names),
  };
}

/** Instructions before the variables are counted: parameters follow the features. */
interface Draft extends Omit<Instruction, "depends"> {
  readonly parameter: boolean;
}

class Compiler {
  readonly #names: Names;
  readonly #tape: Draft[] = [];
  /** Index of an instruction by what it says: what is written twice is computed once. */
  readonly #known = new Map<string, number>();
  readonly #features: Feature[] = [];
  readonly #data: string[] = [];

  constructor(names: Names) {
    this.#names = names;
  }

  /** Index of the instruction that has the value of the expression. */
  add(expression: Expression): number {
    switch (expression.kind) {
      case "constant":
        return this.#put(Operation.CONSTANT, 0, 0, expression.value);
      case "coordinate":
        return this.#put(Operation.COORDINATE, expression.index);
      case "data":
        return this.#put(Operation.DATA, this.#column(this.#names.data[expression.index]!));
      case "parameter":
        return this.#put(Operation.VARIABLE, expression.index, 0, 0, true);
      case "feature":
        return this.#put(Operation.VARIABLE, this.#feature(expression));
      case "negate":
        return this.#put(Operation.NEGATE, this.add(expression.argument));
      case "power":
        return this.#put(Operation.POWER, this.add(expression.argument), 0, expression.exponent);
      case "function":
        return this.#put(FUNCTIONS[expression.name], this.add(expression.argument));
      case "binary": {
        const [left, right] = [this.add(expression.left), this.add(expression.right)];
        return this.#put(BINARY[expression.operation].code, left, right);
      }
    }
  }

  finish(): Pick<Equation, "tape" | "features" | "data"> {
    const q = this.#features.length;
    const tape: Instruction[] = [];
    for (const { parameter, ...draft } of this.#tape) {
      const a = parameter ? q + draft.a : draft.a;
      tape.push({ ...draft, a, depends: this.#dependence(draft.operation, a, draft.b, tape) });
    }
    return { tape, features: this.#features, data: this.#data };
  }

  #dependence(operation: number, a: number, b: number, tape: readonly Instruction[]): number {
    if (operation === Operation.VARIABLE) return 1 << a;
    if (operation < Operation.VARIABLE) return 0;
    const binary = operation <= Operation.DIVIDE;
    return tape[a]!.depends | (binary ? tape[b]!.depends : 0);
  }

  #put(operation: number, a: number, b = 0, constant = 0, parameter = false): number {
    const key = [operation, a, b, constant, parameter].join();
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    this.#known.set(key, this.#tape.length);
    return this.#tape.push({ operation, a, b, constant, parameter }) - 1;
  }

  #column(name: string): number {
    const index = this.#data.indexOf(name);
    return index >= 0 ? index : this.#data.push(name) - 1;
  }

  #feature({ output, exponents }: Feature): number {
    const same = (known: Feature) =>
      known.output === output && known.exponents.join() === exponents.join();
    const index = this.#features.findIndex(same);
    return index >= 0 ? index : this.#features.push({ output, exponents }) - 1;
  }
}
