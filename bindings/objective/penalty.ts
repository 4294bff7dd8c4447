import type { Numbers } from "../data/matrix.js";
import { invalid } from "../support/errors.js";
import { checkNumber, checkOptions } from "../support/validate.js";

/**
 * lambda of each group of parameters, at least 0 and by default 0: 1/2 sum_g lambda_g |theta_g|^2
 * beside the mean loss.
 */
export interface Penalty {
  /** Of all of w, or one number an input. */
  readonly w?: number | Numbers;
  readonly eta?: number;
  readonly c?: number;
}

/** What is penalized, by a lambda that is not 0; groups that are not are left out. */
export type PenaltyChoice = {
  readonly w?: number | readonly number[];
  readonly eta?: number;
  readonly c?: number;
} | null;

/** @throws InputError `invalid-argument` */
export function checkPenalty(value: Penalty, argument: string): PenaltyChoice {
  checkOptions(value, argument, ["w", "eta", "c"] satisfies (keyof Penalty)[]);
  const { w = 0, eta = 0, c = 0 } = value;
  const groups = {
    w: checkInputs(w, `${argument}.w`),
    eta: checkNumber(eta, `${argument}.eta`, { least: 0 }),
    c: checkNumber(c, `${argument}.c`, { least: 0 }),
  };
  const used = Object.entries(groups).filter(([, lambda]) => [lambda].flat().some((l) => l !== 0));
  return used.length === 0 ? null : (Object.fromEntries(used) as PenaltyChoice);
}

function checkInputs(value: number | Numbers, argument: string): number | number[] {
  if (!Array.isArray(value) && !ArrayBuffer.isView(value)) {
    return checkNumber(value, argument, { least: 0 });
  }
  return Array.from(value as ArrayLike<unknown>, (lambda, i) =>
    checkNumber(lambda, `${argument}[${i}]`, { least: 0 }),
  );
}

/**
 * lambda of the d + 2 kinds of parameters, as the core takes them: of each input's w, of eta, of c.
 * @throws InputError `invalid-shape` for as many lambdas as there are not inputs
 */
export function lambdasOf(
  { w = 0, eta = 0, c = 0 }: NonNullable<PenaltyChoice>,
  inputs: number,
  argument: string,
): number[] {
  if (typeof w === "number") return [...Array.from({ length: inputs }, () => w), eta, c];
  if (w.length === inputs) return [...w, eta, c];
  const expected = `one number, or ${inputs}, one an input`;
  throw invalid("invalid-shape", `${argument}.w`, expected, `${w.length}`);
}
