import { Ajv, type ErrorObject, type ValidateFunction } from "ajv";

/** One thing that is wrong with a value, and where. */
export interface Fault {
  readonly path: readonly string[];
  readonly message: string;
}

/**
 * Finds all that a JSON Schema has against a value. It is compiled for the first one: that takes
 * longer than most commands.
 */
export function faultFinder(schema: object): (value: unknown) => Fault[] {
  let compiled: ValidateFunction | undefined;
  return (value) => {
    compiled ??= new Ajv({ allErrors: true, strict: false }).compile(schema);
    if (compiled(value)) return [];
    const faults = (compiled.errors ?? []).filter(({ keyword }) => keyword !== "if").map(faultOf);
    // Several branches may find the same.
    return [...new Map(faults.map((fault) => [JSON.stringify(fault), fault])).values()];
  };
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
