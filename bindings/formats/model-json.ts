import type { ColumnScaling, Columns, Scaling } from "../data/scaling.js";
import { describe, InputError } from "../support/errors.js";
import { checksum } from "./checksum.js";
import type { NetworkJSON } from "./network-json.js";

const FORMAT = "newton-nn/model";
const VERSION = 1;

/** See docs/model-format.md. */
export interface ModelJSON {
  readonly format: typeof FORMAT;
  readonly version: typeof VERSION;
  readonly columns: Columns;
  readonly scaling: Scaling;
  readonly network: NetworkJSON;
  /** CRC-32 of columns and scaling; the network carries its own. */
  readonly checksum: string;
}

/**
 * The checksum covers the values in a fixed order, so that white space and the order of keys may
 * change.
 */
function sign({ inputs, target }: Columns, scaling: Scaling): string {
  const numbers = [...scaling.inputs, scaling.target].flatMap(({ mean, scale }) => [mean, scale]);
  return checksum(JSON.stringify([FORMAT, VERSION, inputs, target, numbers]));
}

export function encodeModel(network: NetworkJSON, columns: Columns, scaling: Scaling): ModelJSON {
  const { inputs, target } = columns;
  return {
    format: FORMAT,
    version: VERSION,
    columns: { inputs: [...inputs], target },
    scaling,
    network,
    checksum: sign(columns, scaling),
  };
}

/** The network is handed on unchecked, for `Network.fromJSON` to check. */
export function decodeModel(json: unknown): {
  network: unknown;
  columns: Columns;
  scaling: Scaling;
} {
  const model = record(json, "json");
  if (model.format !== FORMAT) throw broken("format", `"${FORMAT}"`, model.format);
  const { version } = model;
  if (!Number.isInteger(version) || (version as number) < 1) {
    throw broken("version", "an integer of at least 1", version);
  }
  if ((version as number) > VERSION) {
    throw new InputError(
      "unsupported-version",
      `version: this release reads model format ${VERSION}, got ${version}; update newton-nn`,
      { argument: "version", expected: `at most ${VERSION}`, got: String(version) },
    );
  }
  const columns = decodeColumns(record(model.columns, "columns"));
  const scaling = decodeScaling(record(model.scaling, "scaling"), columns.inputs.length);
  const signature = sign(columns, scaling);
  if (model.checksum !== signature) {
    throw broken("checksum", `${signature} (the model was cut off or edited)`, model.checksum);
  }
  return { network: model.network, columns, scaling };
}

function decodeColumns({ inputs, target }: Record<string, unknown>): Columns {
  const isName = (value: unknown): value is string => typeof value === "string";
  if (!Array.isArray(inputs) || inputs.length === 0 || !inputs.every(isName)) {
    throw broken("columns.inputs", "an array of names", inputs);
  }
  if (!isName(target)) throw broken("columns.target", "a name", target);
  return { inputs: [...inputs], target };
}

function decodeScaling({ inputs, target }: Record<string, unknown>, count: number): Scaling {
  if (!Array.isArray(inputs) || inputs.length !== count) {
    throw broken("scaling.inputs", `an array of ${count}`, inputs);
  }
  return {
    inputs: inputs.map((value, index) => decodeColumn(value, `scaling.inputs[${index}]`)),
    target: decodeColumn(target, "scaling.target"),
  };
}

function decodeColumn(value: unknown, name: string): ColumnScaling {
  const { mean, scale } = record(value, name);
  if (!Number.isFinite(mean)) throw broken(`${name}.mean`, "a finite number", mean);
  if (!Number.isFinite(scale) || (scale as number) <= 0) {
    throw broken(`${name}.scale`, "a finite number above 0", scale);
  }
  return { mean: mean as number, scale: scale as number };
}

/** Own properties only: nothing is looked up on a prototype that a file could have named. */
function record(value: unknown, name: string): Record<string, unknown> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw broken(name, "an object", value);
  }
  return Object.assign(Object.create(null), value) as Record<string, unknown>;
}

function broken(name: string, expected: string, value: unknown): InputError {
  const got = value === undefined ? "nothing" : describe(value);
  return new InputError(
    "invalid-model",
    `not a readable model: ${name}: expected ${expected}, got ${got}`,
    { argument: name, expected, got },
  );
}
