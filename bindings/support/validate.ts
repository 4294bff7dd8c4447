import { describe, invalid } from "./errors.js";

/**
 * Checks of single options. Each returns the value with its type, or throws `invalid-argument`
 * naming the option.
 */

export function checkInteger(
  value: unknown,
  argument: string,
  least: number,
  most: number,
): number {
  if (Number.isInteger(value) && (value as number) >= least && (value as number) <= most) {
    return value as number;
  }
  const range =
    most === Number.MAX_SAFE_INTEGER ? `of at least ${least}` : `from ${least} to ${most}`;
  throw invalid("invalid-argument", argument, `an integer ${range}`, describe(value));
}

export interface NumberRange {
  readonly above?: number;
  readonly least?: number;
  readonly below?: number;
  readonly most?: number;
}

/** What a number that is remembered from step to step may be. */
export interface NumberBound extends NumberRange {
  readonly integer?: boolean;
}

/** The number's place in its bound, as `checkNumber`. */
export function checkBound(value: unknown, argument: string, bound: NumberBound): number {
  const number = checkNumber(value, argument, bound);
  if (bound.integer !== true || Number.isInteger(number)) return number;
  throw invalid("invalid-argument", argument, "an integer", describe(value));
}

export function checkNumber(value: unknown, argument: string, range: NumberRange = {}): number {
  const { above = -Infinity, least = -Infinity, below = Infinity, most = Infinity } = range;
  if (
    typeof value === "number" &&
    value > above &&
    value >= least &&
    value < below &&
    value <= most
  ) {
    return value;
  }
  const bounds = [
    range.above === undefined ? "" : `above ${above}`,
    range.least === undefined ? "" : `at least ${least}`,
    range.below === undefined ? "" : `below ${below}`,
    range.most === undefined ? "" : `at most ${most}`,
  ].filter((text) => text !== "");
  const expected = ["a finite number", bounds.join(" and ")].join(" ").trim();
  throw invalid("invalid-argument", argument, expected, describe(value));
}

/** Any object but an array. */
export function checkObject(
  value: unknown,
  argument: string,
  expected = "an object",
): asserts value is object {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return;
  throw invalid("invalid-argument", argument, expected, describe(value));
}

export function checkBoolean(value: unknown, argument: string): asserts value is boolean {
  if (typeof value === "boolean") return;
  throw invalid("invalid-argument", argument, "true or false", describe(value));
}

export function checkChoice<T extends string>(
  value: unknown,
  argument: string,
  choices: readonly T[],
): T {
  if (choices.includes(value as T)) return value as T;
  throw invalid("invalid-argument", argument, `one of ${choices.join(", ")}`, describe(value));
}

/** A name of the caller's own. @throws InputError `invalid-argument`, also for one in `taken` */
export function checkName(value: unknown, argument: string, taken: readonly string[]): string {
  if (typeof value === "string" && value !== "" && !taken.includes(value)) return value;
  const expected = `a name other than ${taken.join(", ")}`;
  throw invalid("invalid-argument", argument, expected, describe(value));
}

/** The names of a table, in its order. */
export function namesOf<T extends object>(table: T): readonly (keyof T & string)[] {
  return Object.keys(table) as (keyof T & string)[];
}

/** An object whose keys are all known, so that a misspelled option is an error and not silence. */
export function checkOptions(value: unknown, argument: string, known: readonly string[]): void {
  checkObject(value, argument);
  for (const key of Object.keys(value)) {
    if (!known.includes(key)) {
      throw invalid(
        "invalid-argument",
        `${argument}.${key}`,
        `one of ${known.join(", ")}`,
        "an unknown option",
      );
    }
  }
}
