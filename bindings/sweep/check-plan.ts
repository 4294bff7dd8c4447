import { Ajv, type ErrorObject, type ValidateFunction } from "ajv";
import { InputError } from "../errors.js";
import type { Plan } from "./plan.js";
import { planSchema } from "./schema.js";

let compiled: ValidateFunction | undefined;

/** Compiled when the first plan comes: that takes longer than most commands. */
function validator(): ValidateFunction {
  compiled ??= new Ajv({ allErrors: true, strict: false }).compile(planSchema);
  return compiled;
}

/** One thing that is wrong with a plan, and where. */
export interface Fault {
  readonly path: readonly string[];
  readonly message: string;
}

/** All that the schema finds; empty for a plan. */
export function planFaults(value: unknown): Fault[] {
  const validate = validator();
  if (validate(value)) return [];
  const faults = (validate.errors ?? []).filter(({ keyword }) => keyword !== "if").map(faultOf);
  // Several branches may find the same.
  return [...new Map(faults.map((fault) => [JSON.stringify(fault), fault])).values()];
}

function faultOf({ instancePath, message, params, keyword }: ErrorObject): Fault {
  const path = instancePath
    .split("/")
    .slice(1)
    .map((part) => part.replaceAll("~1", "/").replaceAll("~0", "~"));
  if (keyword === "additionalProperties") {
    const name = String(params.additionalProperty);
    return { path: [...path, name], message: "is not known here" };
  }
  if (keyword === "enum") {
    return { path, message: `must be one of ${(params.allowedValues as unknown[]).join(", ")}` };
  }
  return { path, message: message ?? keyword };
}

/** @param locate where a fault is in a file, for the message @throws InputError `invalid-argument` naming every fault */
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
