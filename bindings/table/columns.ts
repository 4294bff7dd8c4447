import { describe, InputError, invalid } from "../errors.js";

/**
 * The input columns: those that were named, or all but the target. A target among its own inputs would be learned perfectly and
 * predict nothing.
 * @throws InputError `invalid-argument`, `missing-column`
 */
export function chooseInputs(
  columns: readonly string[],
  target: string,
  named: readonly string[] | undefined,
  source: string,
): readonly string[] {
  const inputs = named ?? columns.filter((name) => name !== target);
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
  const twice = inputs.find((name, index) => inputs.indexOf(name) !== index);
  if (twice === undefined) return inputs;
  throw invalid("invalid-argument", "--inputs", "different columns", `${describe(twice)} twice`);
}
