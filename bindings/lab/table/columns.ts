import { describe, InputError, invalid } from "../../support/errors.js";

/**
 * The input columns: those that were named, or all but the target and the weights. A target among
 * its own inputs would be learned perfectly and predict nothing.
 * @throws InputError `invalid-argument`, `missing-column`
 */
export function chooseInputs(
  columns: readonly string[],
  target: string,
  named: readonly string[] | undefined,
  source: string,
  weights?: string,
): readonly string[] {
  if (weights === target) {
    const expected = "a column other than the target";
    throw invalid("invalid-argument", "--weights", expected, describe(target));
  }
  const inputs = named ?? columns.filter((name) => name !== target && name !== weights);
  if (inputs.length === 0) {
    throw new InputError("missing-column", `${source}: no column beside ${describe(target)}`, {
      argument: source,
      expected: "at least one column beside the target",
      got: describe(target),
    });
  }
  if (inputs.includes(target)) {
    const expected = "columns other than the target";
    throw invalid("invalid-argument", "--inputs", expected, describe(target));
  }
  if (weights !== undefined && inputs.includes(weights)) {
    const expected = "columns other than the weights";
    throw invalid("invalid-argument", "--inputs", expected, describe(weights));
  }
  const twice = firstRepeated(inputs);
  if (twice === undefined) return inputs;
  throw invalid("invalid-argument", "--inputs", "different columns", `${describe(twice)} twice`);
}

/** The first name that has come before, in one pass. */
export function firstRepeated(names: readonly string[]): string | undefined {
  const before = new Set<string>();
  return names.find((name) => before.size === before.add(name).size);
}

/** Columns that a message names before it only counts them. */
const NAMED = 20;

export function listNames(names: readonly string[], show = (name: string) => name): string {
  const more = names.length > NAMED ? ` and ${names.length - NAMED} more` : "";
  return `${names.slice(0, NAMED).map(show).join(", ")}${more}`;
}
