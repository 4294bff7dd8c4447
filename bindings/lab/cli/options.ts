import { InvalidArgumentError } from "commander";
import { lossNames, lossTraits, type NamedLoss } from "../../objective/losses.js";
import type { Penalty } from "../../objective/penalty.js";
import {
  POLICIES,
  policyNames,
  type Regularization,
  regularizationOf,
} from "../../regularization/table.js";
import { parseDecimal } from "../table/number.js";

/** Parsers of option values. What they refuse, commander reports with the name of the option. */

/** The flag behind an option of the library, for messages: `options.stop.loss` is `--stop-loss`. */
export function flagOf(argument: string): string | undefined {
  const [root, ...path] = argument.split(".");
  if (root !== "options" || path.length === 0) return undefined;
  const name = path[0] === "regularization" ? "regularization" : path.join("-");
  return `--${name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

export function parseNumber(text: string): number {
  const value = parseDecimal(text.trim());
  if (Number.isNaN(value)) throw new InvalidArgumentError("Expected a finite number in decimal.");
  return value;
}

export function parseInteger(text: string): number {
  const value = parseNumber(text);
  if (!Number.isSafeInteger(value)) throw new InvalidArgumentError("Expected an integer.");
  return value;
}

export function parsePositive(text: string): number {
  const value = parseInteger(text);
  if (value < 1) throw new InvalidArgumentError("Expected an integer of at least 1.");
  return value;
}

export function parseSeed(text: string): number {
  const value = parseInteger(text);
  if (value < 0) throw new InvalidArgumentError("Expected an integer of at least 0.");
  return value;
}

/** A fraction in [0, 1). */
export function parseFraction(text: string): number {
  const value = parseNumber(text);
  if (value < 0 || value >= 1)
    throw new InvalidArgumentError("Expected a fraction from 0 to below 1.");
  return value;
}

export function parseProbability(text: string): number {
  const value = parseNumber(text);
  if (value > 0 && value < 1) return value;
  throw new InvalidArgumentError("Expected a number above 0 and below 1.");
}

export function parseList(text: string): string[] {
  const names = text.split(",").map((name) => name.trim());
  if (names.some((name) => name === "")) {
    throw new InvalidArgumentError("Expected names separated by commas.");
  }
  return names;
}

/** How a policy is written: by its name and one number, in brackets where it may be left out. */
export const REGULARIZATION_SYNTAX = joined(
  policyNames.map((name) => {
    const { main, mainRequired } = POLICIES[name];
    return mainRequired ? `${name}:${main}` : `${name}[:${main}]`;
  }),
);

/** A policy by its name and one number: `REGULARIZATION_SYNTAX`. */
export function parseRegularization(text: string): Regularization {
  const [name, value, ...rest] = text.split(":");
  const number = value === undefined ? undefined : parseNumber(value);
  const policy = policyNames.find((known) => known === name);
  if (rest.length === 0 && policy !== undefined) {
    if (number !== undefined || !POLICIES[policy].mainRequired) {
      return regularizationOf(policy, number);
    }
  }
  throw new InvalidArgumentError(`Expected ${REGULARIZATION_SYNTAX}.`);
}

/** A loss with all that it may be told, for help and messages. */
export const LOSS_SYNTAX = joined(
  lossNames.map((name) => {
    const parameters = Object.keys(lossTraits(name).parameters).map((key) => `${key}=..`);
    return parameters.length === 0 ? name : `${name}[:${parameters.join(",")}]`;
  }),
);

/** A loss by its name and its parameters: `LOSS_SYNTAX`. */
export function parseLoss(text: string): NamedLoss {
  const [name, ...rest] = text.split(":");
  const known = lossNames.find((loss) => loss === name);
  const given = rest.length === 0 ? {} : parseAssignments(rest.join(":"));
  if (known !== undefined && given !== null) {
    const { parameters } = lossTraits(known);
    if (Object.entries(given).every(([key, value]) => key in parameters && value > 0)) {
      return { name: known, ...given } as NamedLoss;
    }
  }
  throw new InvalidArgumentError(`Expected ${LOSS_SYNTAX}, with numbers above 0.`);
}

export const PENALTY_SYNTAX = "w=..,eta=..,c=..";

/** lambda of each group, or one of all. */
export function parsePenalty(text: string): Penalty {
  const all = parseDecimal(text.trim());
  if (all >= 0) return { w: all, eta: all, c: all };
  const given = parseAssignments(text);
  const isPenalty = (key: string) => ["w", "eta", "c"].includes(key);
  if (given !== null && Object.keys(given).every(isPenalty)) {
    if (Object.values(given).every((value) => value >= 0)) return given;
  }
  const expected = `one number, or ${PENALTY_SYNTAX} with those that are wanted, at least 0`;
  throw new InvalidArgumentError(`Expected ${expected}.`);
}

/** `a=1,b=2`, each name once; `null` for what is none. */
function parseAssignments(text: string): Readonly<Record<string, number>> | null {
  const pairs = text.split(",").map((part) => part.split("=").map((side) => side.trim()));
  const isPair = ([key, value, ...more]: readonly string[]) =>
    key !== "" && value !== undefined && more.length === 0 && !Number.isNaN(parseDecimal(value));
  if (!pairs.every(isPair)) return null;
  const values = new Map(pairs.map(([key, value]) => [key!, parseDecimal(value!)]));
  return values.size === pairs.length ? Object.fromEntries(values) : null;
}

function joined(names: readonly string[]): string {
  return `${names.slice(0, -1).join(", ")} or ${names.at(-1)}`;
}
