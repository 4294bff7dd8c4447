import { InvalidArgumentError } from "commander";
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

function joined(names: readonly string[]): string {
  return `${names.slice(0, -1).join(", ")} or ${names.at(-1)}`;
}
