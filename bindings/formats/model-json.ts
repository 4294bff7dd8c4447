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
 * Version 2 has evidence and powers of columns; a model without either is still written as version
 * 1, which older releases read.
 */
const VERSION = 2;

/** See docs/model-format.md. */
export interface ModelJSON {
  readonly format: typeof FORMAT;
  readonly version: 1 | 2;
  readonly columns: Columns;
  readonly scaling: Scaling;
  readonly network: NetworkJSON;
  /** Of a model with evidence. */
  readonly evidence?: EvidenceJSON;
  /** CRC-32 of columns, scaling and evidence; the network carries its own. */
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
  evidence: EvidenceJSON | null,
): string {
  const numbers = [...scaling.inputs, scaling.target].flatMap(({ mean, scale, power }) => {
    if (version === 1) return [mean, scale];
    return [mean, scale, power === undefined ? null : [power.lambda, power.scale]];
  });
  const head = JSON.stringify([FORMAT, version, inputs, target, numbers]);
  if (version === 1) return checksum(head);
  return checksum(head, JSON.stringify(evidence === null ? null : evidenceValues(evidence)));
}

export function encodeModel(
  network: NetworkJSON,
  columns: Columns,
  scaling: Scaling,
  evidence: EvidenceJSON | null,
): ModelJSON {
  const { inputs, target } = columns;
  const hasPower = scaling.inputs.some(({ power }) => power !== undefined);
  const version = evidence !== null || hasPower ? VERSION : 1;
  return {
    format: FORMAT,
    version,
    columns: { inputs: [...inputs], target },
    scaling,
    network,
    ...(evidence !== null && { evidence }),
    checksum: sign(version, columns, scaling, evidence),
  };
}

/** The network is handed on unchecked, for `Network.fromJSON` to check. */
export function decodeModel(json: unknown): {
  network: unknown;
  columns: Columns;
  scaling: Scaling;
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
  const signature = sign(version as number, columns, scaling, evidence);
  if (model.checksum !== signature) {
    throw broken("checksum", `${signature} (the model was cut off or edited)`, model.checksum);
  }
  return { network: model.network, columns, scaling, evidence };
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
