import { InputError } from "../../support/errors.js";
import { faultFinder } from "../faults.js";
import type { Plan } from "./plan.js";
import { planSchema } from "./schema.js";

/** All that the schema finds; empty for a plan. */
export const planFaults = faultFinder(planSchema);

/**
 * @param locate where a fault is in a file, for the message @throws InputError `invalid-argument`
 *   naming every fault
 */
export function checkPlan(
  value: unknown,
  source = "plan",
  locate: (path: readonly string[]) => string = () => "",
): Plan {
  const faults = planFaults(value);
  if (faults.length === 0) return value as Plan;
  const lines = faults.map(
    ({ path, message }) => `${source}${locate(path)}: ${path.join(".") || "the plan"} ${message}`,
  );
  throw new InputError("invalid-argument", lines.join("; "), {
    argument: ["plan", ...faults[0]!.path].join("."),
    expected: "a plan by its schema",
    got: faults[0]!.message,
  });
}
