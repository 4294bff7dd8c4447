import { choose } from "../conditions.js";
import { experimentNames, experimentOf } from "../experiments/index.js";
import { seed } from "../experiments/settings.js";
import { targetKinds } from "./plan.js";

/**
 * JSON Schema (draft 7) of a plan. Settings and axes are those of the experiment the plan names.
 */

const range = {
  type: "object",
  required: ["from", "count"],
  additionalProperties: false,
  properties: {
    from: { type: "integer", minimum: 0, maximum: Number.MAX_SAFE_INTEGER },
    count: { type: "integer", minimum: 1, maximum: 1_000_000 },
  },
};

const data = {
  type: "object",
  additionalProperties: {
    type: "object",
    ...choose(
      { required: ["csv"] },
      {
        required: ["csv", "target"],
        additionalProperties: false,
        properties: {
          csv: { type: "string" },
          target: { type: "string" },
          targets: { type: "string", enum: targetKinds },
          inputs: { type: "array", items: { type: "string" }, minItems: 1 },
          weights: { type: "string" },
          standardize: { type: "boolean" },
          holdout: { type: "number", minimum: 0, exclusiveMaximum: 1 },
          seed,
        },
      },
      {
        required: ["x", "y"],
        additionalProperties: false,
        properties: {
          x: {
            type: "array",
            minItems: 1,
            items: { type: ["number", "array"], items: { type: "number" } },
          },
          y: { type: "array", minItems: 1, items: { type: "number" } },
          weights: { type: "array", minItems: 1, items: { type: "number", minimum: 0 } },
        },
      },
    ),
  },
};

const figures = {
  type: "array",
  items: {
    type: "object",
    required: ["name", "x", "y"],
    additionalProperties: false,
    properties: {
      name: { type: "string", pattern: "^[A-Za-z0-9_-]+$" },
      x: { type: "string" },
      y: { type: "string" },
      series: { type: "string" },
      logX: { type: "boolean" },
      logY: { type: "boolean" },
    },
  },
};

/** An axis is a list of values, or a range where they are whole numbers. */
function axisSchema(setting: object): object {
  const list = { type: "array", minItems: 1, uniqueItems: true, items: setting };
  if (!("type" in setting) || setting.type !== "integer") return list;
  return choose({ type: "object" }, range, list);
}

function partsOf(experiment: (typeof experimentNames)[number]): object {
  const { properties } = experimentOf(experiment);
  const axes = Object.fromEntries(
    Object.entries(properties).map(([name, setting]) => [name, axisSchema(setting)]),
  );
  const grid = {
    type: "object",
    minProperties: 1,
    additionalProperties: false,
    properties: axes,
  };
  return {
    properties: {
      settings: { type: "object", additionalProperties: false, properties },
      grid: choose({ type: "array" }, { minItems: 1, items: grid }, grid),
    },
  };
}

export const planSchema = {
  $schema: "http://json-schema.org/draft-07/schema#",
  title: "A sweep of newton-nn",
  type: "object",
  required: ["grid"],
  additionalProperties: false,
  properties: {
    name: { type: "string" },
    experiment: { type: "string", enum: experimentNames },
    settings: { type: "object" },
    grid: { type: ["object", "array"] },
    data,
    figures,
  },
  allOf: experimentNames.map((name) => {
    const named = { properties: { experiment: { const: name } } };
    // A plan that names no experiment is one of trainings.
    const condition = name === "train" ? named : { required: ["experiment"], ...named };
    return choose(condition, partsOf(name));
  }),
};
