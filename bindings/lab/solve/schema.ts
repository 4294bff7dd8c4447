import { pdeMethodNames, pdeSolverNames } from "../../pde/methods.js";
import { activationNames } from "../../shape/activations.js";
import { choose } from "../conditions.js";

/** JSON Schema (draft 7) of a file that `newton-nn solve` reads. */

const named = (values: object) => ({ type: "object", additionalProperties: values });
const number = { type: "number" };
const text = { type: "string" };
const names = { type: "array", items: text, minItems: 1, uniqueItems: true };
const count = { type: "integer", minimum: 1, maximum: 2 ** 27 };
const seed = { type: "integer", minimum: 0, maximum: Number.MAX_SAFE_INTEGER };

/** A coordinate keeps a value, or runs from one to another: in so many points, on a grid. */
const range = (length: number) => ({
  type: ["number", "array"],
  items: number,
  minItems: length,
  maxItems: length,
});
const along = (length: number) => ({ ...named(range(length)), minProperties: 1 });

const only = (required: readonly string[], properties: object) => ({
  type: "object",
  required,
  additionalProperties: false,
  properties,
});

/** Ways to say points, by the property that tells them. */
const WAYS: Readonly<Record<string, object>> = {
  grid: only(["grid"], { grid: along(3), interior: { type: "boolean" } }),
  boundary: only(["boundary"], { boundary: along(3) }),
  faces: only(["faces", "count"], { faces: along(2), count, seed }),
  uniform: only(["uniform", "count"], { uniform: along(2), count, seed }),
  latinHypercube: only(["latinHypercube", "count"], { latinHypercube: along(2), count, seed }),
  sobol: only(["sobol", "count"], { sobol: along(2), count }),
  csv: only(["csv"], { csv: text }),
};

/** One after the other, so that a fault is told of the way that was meant. */
const generator = Object.entries(WAYS).reduceRight<object>(
  (others, [name, way]) => choose({ required: [name] }, way, others),
  { ...only([], {}), minProperties: 1 },
);

const point = { type: "array", items: number, minItems: 1 };

/** One generator, several, or the points themselves. */
const points = choose(
  { type: "array" },
  { minItems: 1, items: choose({ type: "array" }, point, generator) },
  generator,
);

export const problemSchema = {
  $schema: "http://json-schema.org/draft-07/schema#",
  title: "Differential equations for newton-nn solve",
  ...only(["coordinates", "unknowns", "equations"], {
    name: text,
    coordinates: names,
    unknowns: names,
    constants: named(number),
    parameters: named(number),
    equations: {
      type: "array",
      minItems: 1,
      items: only(["equation", "points"], {
        equation: text,
        points,
        weight: { type: "number", exclusiveMinimum: 0 },
      }),
    },
    network: only([], {
      width: count,
      activation: { type: "string", enum: activationNames },
      scale: { type: ["number", "array"], items: number },
      beta: number,
      seed,
    }),
    guess: named(text),
    start: { type: "string", enum: ["least-squares", "random"] },
    method: { type: "string", enum: pdeMethodNames },
    solver: { type: "string", enum: pdeSolverNames },
    maxSteps: { type: "integer", minimum: 0 },
    stop: only([], { loss: number, gradient: number, seconds: number }),
    exact: named(text),
  }),
};
