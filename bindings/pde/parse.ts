import jsep from "jsep";
import { InputError } from "../support/errors.js";
import { BINARY, type BinaryOperation, type Expression, FUNCTIONS } from "./expression.js";

/** What names in an equation may be. */
export interface Names {
  readonly coordinates: readonly string[];
  readonly unknowns: readonly string[];
  readonly constants: Readonly<Record<string, number>>;
  readonly parameters: readonly string[];
  readonly data: readonly string[];
}

/** Where a text came from, for errors. */
export interface Source {
  readonly argument: string;
  readonly text: string;
  /** Place of the part that is parsed in the text. */
  readonly offset: number;
}

/** Characters of an equation, and how deeply its parts may lie in each other. */
const MOST_CHARACTERS = 10_000;
const MOST_DEPTH = 200;
/** Highest derivative. */
const MOST_ORDER = 4;
/** Beside the names of the caller. */
const NUMBERS: Readonly<Record<string, number>> = { pi: Math.PI, e: Math.E };

/** A node of jsep, of which only some kinds are part of an equation. */
type Node = jsep.Expression;

let prepared = false;

/**
 * The grammar of jsep, made that of formulas: `^` is a power, binds to the right, and before a
 * sign: -u^2 is -(u^2).
 */
function prepare(): void {
  if (prepared) return;
  for (const operator of Object.keys(jsep.binary_ops)) jsep.removeBinaryOp(operator);
  for (const operator of Object.keys(jsep.unary_ops)) jsep.removeUnaryOp(operator);
  jsep.addBinaryOp("+", 9);
  jsep.addBinaryOp("-", 9);
  jsep.addBinaryOp("*", 10);
  jsep.addBinaryOp("/", 10);
  jsep.addBinaryOp("^", 12, true);
  jsep.hooks.add("gobble-token", gobbleSign as jsep.HookCallback);
  prepared = true;
}

interface Parser {
  index: number;
  readonly code: number;
  gobbleSpaces(): void;
  gobbleToken(): Node | false;
  throwError(message: string): never;
}

const [PLUS, MINUS, CARET] = ["+", "-", "^"].map((sign) => sign.charCodeAt(0));

/** A sign and what it stands before, powers included: jsep binds signs closer than operators. */
function gobbleSign(this: Parser, env: { node?: Node | false }): void {
  const { code } = this;
  if (code !== MINUS && code !== PLUS) return;
  this.index++;
  const argument = gobblePower(this);
  env.node = { type: "UnaryExpression", operator: code === MINUS ? "-" : "+", argument };
}

/** A token, and the power that it is raised to. */
function gobblePower(parser: Parser): Node {
  parser.gobbleSpaces();
  const left = parser.gobbleToken();
  if (!left) parser.throwError("Expected an expression");
  parser.gobbleSpaces();
  if (parser.code !== CARET) return left;
  parser.index++;
  return { type: "BinaryExpression", operator: "^", left, right: gobblePower(parser) };
}

/** @throws InputError `invalid-argument` with the place in the text */
export function parseExpression(source: Source, from: string, names: Names): Expression {
  prepare();
  if (source.text.length > MOST_CHARACTERS) {
    const got = `${source.text.length} characters`;
    throw atPlace(source, 0, `expected at most ${MOST_CHARACTERS} characters`, got);
  }
  if (from.trim() === "") throw atPlace(source, source.offset, "expected an expression", "nothing");
  return new Reader(source, from, names).expression(parseTree(source, from), 0);
}

function parseTree(source: Source, from: string): Node {
  try {
    return jsep(from);
  } catch (error) {
    const { index, description } = error as { index?: number; description?: string };
    if (index === undefined) {
      // The parser calls itself for each bracket.
      throw atPlace(source, source.offset, `expected less than ${MOST_DEPTH} brackets`, "more");
    }
    const what = (description ?? "not a formula").replace(/^./, (c) => c.toLowerCase());
    throw atPlace(source, source.offset + index, what, excerpt(source.text, source.offset + index));
  }
}

function excerpt(text: string, place: number): string {
  return place >= text.length ? "the end" : JSON.stringify(text.slice(place, place + 20));
}

/** Says where in the text, with the text and a mark below it where that is short. */
export function atPlace(source: Source, place: number, what: string, got: string): InputError {
  const { argument, text } = source;
  const mark = text.length <= 120 ? `\n  ${text}\n  ${" ".repeat(place)}^` : "";
  const message = `${argument}: ${what}, got ${got} at character ${place + 1}${mark}`;
  return new InputError("invalid-argument", message, { argument, expected: what, got });
}

class Reader {
  readonly #source: Source;
  readonly #from: string;
  readonly #names: Names;

  constructor(source: Source, from: string, names: Names) {
    this.#source = source;
    this.#from = from;
    this.#names = names;
  }

  expression(node: Node, depth: number): Expression {
    if (depth > MOST_DEPTH) {
      const expected = `expected less than ${MOST_DEPTH} expressions within each other`;
      throw atPlace(this.#source, this.#source.offset, expected, "more");
    }
    const below = (inner: unknown) => this.expression(inner as Node, depth + 1);
    switch (node.type) {
      case "Literal":
        return this.#literal(node.value);
      case "Identifier":
        return this.#named(node.name as string);
      case "UnaryExpression": {
        const argument = below(node.argument);
        return node.operator === "+" ? argument : { kind: "negate", argument };
      }
      case "BinaryExpression": {
        const [left, right] = [below(node.left), below(node.right)];
        if (node.operator === "^") return power(left, right);
        return { kind: "binary", operation: node.operator as BinaryOperation, left, right };
      }
      case "CallExpression":
        return this.#call(node, below);
      default:
        throw this.#strange(node);
    }
  }

  #literal(value: unknown): Expression {
    if (typeof value === "number" && Number.isFinite(value)) return { kind: "constant", value };
    throw this.#fault(String(value), "expected a number", JSON.stringify(value));
  }

  #strange(node: Node): InputError {
    const { offset } = this.#source;
    return atPlace(this.#source, offset, "expected one formula", `a ${node.type}`);
  }

  #named(name: string): Expression {
    const { coordinates, unknowns, constants, parameters, data } = this.#names;
    const unknown = unknowns.indexOf(name);
    if (unknown >= 0) return feature(unknown, coordinates, []);
    const coordinate = coordinates.indexOf(name);
    if (coordinate >= 0) return { kind: "coordinate", index: coordinate };
    const column = data.indexOf(name);
    if (column >= 0) return { kind: "data", index: column };
    const parameter = parameters.indexOf(name);
    if (parameter >= 0) return { kind: "parameter", index: parameter };
    if (Object.hasOwn(constants, name)) return { kind: "constant", value: constants[name]! };
    const derivative = this.#derivative(name);
    if (derivative !== null) return derivative;
    if (Object.hasOwn(NUMBERS, name)) return { kind: "constant", value: NUMBERS[name]! };
    throw this.#unknownName(name);
  }

  /** `u_xx`: an unknown, and coordinates one after the other. `null` where it is none. */
  #derivative(name: string): Expression | null {
    const { coordinates, unknowns } = this.#names;
    const at = name.indexOf("_");
    const unknown = unknowns.indexOf(name.slice(0, at));
    if (at < 0 || unknown < 0) return null;
    const taken = splitNames(name.slice(at + 1), coordinates);
    if (taken === null) return null;
    return this.#differentiated(name, unknown, taken);
  }

  #differentiated(name: string, unknown: number, taken: readonly number[]): Expression {
    if (taken.length <= MOST_ORDER) return feature(unknown, this.#names.coordinates, taken);
    const expected = `expected derivatives up to order ${MOST_ORDER}`;
    throw this.#fault(name, expected, `one of order ${taken.length}`);
  }

  #call(node: Node, below: (inner: unknown) => Expression): Expression {
    const callee = node.callee as Node;
    const inner = node.arguments as Node[];
    const name = callee.type === "Identifier" ? (callee.name as string) : "";
    if (name === "lap") return this.#laplacian(inner);
    if (name === "d") return this.#derivativeCall(inner);
    if (!Object.hasOwn(FUNCTIONS, name)) {
      const known = [...Object.keys(FUNCTIONS), "d", "lap"];
      throw this.#fault(name, `expected one of the functions ${known.join(", ")}`, `"${name}"`);
    }
    if (inner.length !== 1) {
      throw this.#fault(name, `expected one argument of ${name}`, `${inner.length}`);
    }
    const function_ = name as keyof typeof FUNCTIONS;
    return { kind: "function", name: function_, argument: below(inner[0]) };
  }

  /** `d(u, x, x)`: for coordinates whose names have more than a letter. */
  #derivativeCall(inner: readonly Node[]): Expression {
    const named = inner.map((node) => (node.type === "Identifier" ? (node.name as string) : ""));
    const unknown = this.#names.unknowns.indexOf(named[0] ?? "");
    const taken = named.slice(1).map((name) => this.#names.coordinates.indexOf(name));
    if (unknown < 0 || taken.length === 0 || taken.some((index) => index < 0)) {
      throw this.#fault("d", "expected an unknown and coordinates in d(...)", named.join(", "));
    }
    return this.#differentiated("d", unknown, taken);
  }

  /** The sum of the second derivatives in all coordinates but one that is called t. */
  #laplacian(inner: readonly Node[]): Expression {
    const { coordinates, unknowns } = this.#names;
    const name = inner[0]?.type === "Identifier" ? (inner[0].name as string) : "";
    const unknown = unknowns.indexOf(name);
    if (inner.length !== 1 || unknown < 0) {
      throw this.#fault("lap", "expected an unknown in lap(...)", name === "" ? "none" : name);
    }
    const spatial = coordinates.flatMap((coordinate, index) => (coordinate === "t" ? [] : [index]));
    const terms = spatial.map((index) => feature(unknown, coordinates, [index, index]));
    if (terms.length === 0) throw this.#fault("lap", "expected a coordinate other than t", "none");
    return terms.reduce((left, right) => ({ kind: "binary", operation: "+", left, right }));
  }

  #unknownName(name: string): InputError {
    const { coordinates, unknowns, constants, parameters, data } = this.#names;
    const known = [
      ...unknowns,
      ...unknowns.map((unknown) => `${unknown}_${coordinates[0]}`),
      ...coordinates,
      ...parameters,
      ...Object.keys(constants),
      ...data,
      ...Object.keys(NUMBERS),
    ];
    return this.#fault(name, `expected one of ${known.join(", ")}`, `"${name}"`);
  }

  /** At the first place where the name stands alone. */
  #fault(name: string, what: string, got: string): InputError {
    const words = [...this.#from.matchAll(/[\p{L}_$][\p{L}\p{N}_$]*|[^\s]/gu)];
    const place = words.find(([word]) => word === name)?.index ?? 0;
    return atPlace(this.#source, this.#source.offset + place, what, got);
  }
}

function feature(
  output: number,
  coordinates: readonly string[],
  taken: readonly number[],
): Expression {
  const exponents = coordinates.map((_, j) => taken.filter((index) => index === j).length);
  return { kind: "feature", output, exponents };
}

/** A text as names one after the other, by their indices; `null` where it is none. */
function splitNames(text: string, names: readonly string[]): number[] | null {
  if (text === "") return [];
  for (const [index, name] of names.entries()) {
    if (!text.startsWith(name)) continue;
    const rest = splitNames(text.slice(name.length), names);
    if (rest !== null) return [index, ...rest];
  }
  return null;
}

/** A constant power, or e^(b log a). */
function power(argument: Expression, exponent: Expression): Expression {
  const value = constantValue(exponent);
  if (value !== null) return { kind: "power", argument, exponent: value };
  const logarithm: Expression = { kind: "function", name: "log", argument };
  const product: Expression = {
    kind: "binary",
    operation: "*",
    left: exponent,
    right: logarithm,
  };
  return { kind: "function", name: "exp", argument: product };
}

/** The value of an expression of numbers alone; `null` of another. */
function constantValue(expression: Expression): number | null {
  if (expression.kind === "constant") return expression.value;
  if (expression.kind === "negate") {
    const value = constantValue(expression.argument);
    return value === null ? null : -value;
  }
  if (expression.kind !== "binary") return null;
  const [left, right] = [constantValue(expression.left), constantValue(expression.right)];
  if (left === null || right === null) return null;
  return BINARY[expression.operation].value(left, right);
}
