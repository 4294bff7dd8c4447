import type { ColumnScaling, Columns, Scaling } from "../data/scaling.js";
import { InputError } from "../support/errors.js";
import { checksum } from "./checksum.js";
import {
  broken,
  checkEvidence,
  type EvidenceJSON,
  evidenceValues,
  record,
} from "./evidence-json.js";
import type { NetworkJSON } from "./network-json.js";

const FORMAT = "newton-nn/model";
/**
 * Version 2 has evidence and powers of columns, version 3 a loss; a model without any of these is
 * still written as version 1, which older releases read.
 */
const [WITH_EVIDENCE, WITH_LOSS] = [2, 3] as const;
const VERSION = WITH_LOSS;

/** See docs/model-format.md. */
export interface ModelJSON {
  readonly format: typeof FORMAT;
  readonly version: 1 | 2 | 3;
  readonly columns: Columns;
  readonly scaling: Scaling;
  /** Of a model that was fitted with another loss than `squares`. */
  readonly loss?: Readonly<Record<string, string | number>>;
  /** Of a model of classes, in the order of the outputs. */
  readonly classes?: readonly (string | number | boolean)[];
  readonly network: NetworkJSON;
  /** Of a model with evidence. */
  readonly evidence?: EvidenceJSON;
  /** CRC-32 of columns, scaling, loss, classes and evidence; the network carries its own. */
  readonly checksum: string;
}

/**
 * The checksum covers the values in a fixed order, so that white space and the order of keys may
 * change.
 */
function sign(
  version: number,
  { inputs, target }: Columns,
  scaling: Scaling,
  { loss, classes }: StoredTask,
  evidence: EvidenceJSON | null,
): string {
  const numbers = [...scaling.inputs, scaling.target].flatMap(({ mean, scale, power }) => {
    if (version === 1) return [mean, scale];
    return [mean, scale, power === undefined ? null : [power.lambda, power.scale]];
  });
  const task = version < WITH_LOSS ? [] : [entriesOf(loss), classes ?? null];
  const head = JSON.stringify([FORMAT, version, inputs, target, numbers, ...task]);
  if (version === 1) return checksum(head);
  return checksum(head, JSON.stringify(evidence === null ? null : evidenceValues(evidence)));
}

function entriesOf(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return null;
  return Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
}

/** What a model says of loss and classes, neither where it has been fitted by least squares. */
export interface StoredTask {
  readonly loss?: NonNullable<ModelJSON["loss"]>;
  readonly classes?: NonNullable<ModelJSON["classes"]>;
}

export function encodeModel(
  network: NetworkJSON,
  columns: Columns,
  scaling: Scaling,
  task: StoredTask,
  evidence: EvidenceJSON | null,
): ModelJSON {
  const { inputs, target } = columns;
  const hasPower = scaling.inputs.some(({ power }) => power !== undefined);
  const older = evidence !== null || hasPower ? WITH_EVIDENCE : 1;
  const version = task.loss === undefined ? older : WITH_LOSS;
  return {
    format: FORMAT,
    version,
    columns: { inputs: [...inputs], target },
    scaling,
    ...task,
    network,
    ...(evidence !== null && { evidence }),
    checksum: sign(version, columns, scaling, task, evidence),
  };
}

/** The network, loss and classes are handed on unchecked, for those to check who know them. */
export function decodeModel(json: unknown): {
  network: unknown;
  columns: Columns;
  scaling: Scaling;
  task: StoredTask;
  evidence: EvidenceJSON | null;
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
  const has = version !== 1 && model.evidence !== undefined;
  const evidence = has ? checkEvidence(model.evidence) : null;
  const task = (version as number) < WITH_LOSS ? {} : decodeTask(model);
  const signature = sign(version as number, columns, scaling, task, evidence);
  if (model.checksum !== signature) {
    throw broken("checksum", `${signature} (the model was cut off or edited)`, model.checksum);
  }
  return { network: model.network, columns, scaling, task, evidence };
}

function decodeTask({ loss, classes }: Record<string, unknown>): StoredTask {
  const isPlain = (value: unknown) => ["string", "number", "boolean"].includes(typeof value);
  const values = Object.values(record(loss, "loss"));
  if (!values.every(isPlain)) throw broken("loss", "a name and numbers", loss);
  const named = { loss: loss as NonNullable<StoredTask["loss"]> };
  if (classes === undefined) return named;
  if (Array.isArray(classes) && classes.every(isPlain)) return { ...named, classes };
  throw broken("classes", "an array of texts, of numbers or of truth values", classes);
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
  const { mean, scale, power } = record(value, name);
  if (!Number.isFinite(mean)) throw broken(`${name}.mean`, "a finite number", mean);
  if (!Number.isFinite(scale) || (scale as number) <= 0) {
    throw broken(`${name}.scale`, "a finite number above 0", scale);
  }
  const column = { mean: mean as number, scale: scale as number };
  return power === undefined ? column : { ...column, power: decodePower(power, `${name}.power`) };
}

function decodePower(value: unknown, name: string): NonNullable<ColumnScaling["power"]> {
  const { lambda, scale } = record(value, name);
  if (!Number.isFinite(lambda)) throw broken(`${name}.lambda`, "a finite number", lambda);
  if (!Number.isFinite(scale) || (scale as number) <= 0) {
    throw broken(`${name}.scale`, "a finite number above 0", scale);
  }
  return { lambda: lambda as number, scale: scale as number };
}
