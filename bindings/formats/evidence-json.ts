import { base64Length, checkTextLength, decodeBase64, encodeBase64 } from "../support/base64.js";
import { describe, InputError } from "../support/errors.js";

/** What an evidence fit leaves, as numbers: members and the standardized data they are of. */
export interface StoredEvidence {
  readonly members: readonly StoredMember[];
  readonly data: StoredData;
}

export interface StoredMember {
  /** P values in the order of theta; those of the first member are the network's. */
  readonly parameters: Float64Array<ArrayBuffer>;
  readonly curvature: string;
  readonly start: string;
  readonly seed: number;
  readonly steps: number;
  readonly step: number;
  readonly criterion: number;
  readonly evidence: number;
  readonly leaveOneOut: number;
  readonly noise: number;
  /** d + 2 values each. */
  readonly effective: Float64Array;
  readonly precisions: Float64Array;
}

export interface StoredData {
  readonly samples: number;
  /** A column of `samples` values an input, one after the other. */
  readonly x: Float64Array<ArrayBuffer>;
  readonly y: Float64Array<ArrayBuffer>;
}

/** See docs/model-format.md. */
export interface EvidenceJSON {
  readonly members: readonly (Omit<StoredMember, "parameters" | "effective" | "precisions"> & {
    readonly parameters: string;
    readonly effective: readonly number[];
    readonly precisions: readonly number[];
  })[];
  readonly data: { readonly samples: number; readonly x: string; readonly y: string };
}

/** @throws ResourceError `out-of-memory` for more data than a text can hold */
export function encodeEvidence({ members, data }: StoredEvidence): EvidenceJSON {
  return {
    members: members.map((member) => ({
      ...member,
      parameters: text("the parameters as text", member.parameters),
      effective: Array.from(member.effective),
      precisions: Array.from(member.precisions),
    })),
    data: {
      samples: data.samples,
      x: text("the data of the fit as text", data.x),
      y: text("the data of the fit as text", data.y),
    },
  };
}

function text(what: string, values: Float64Array<ArrayBuffer>): string {
  checkTextLength(what, base64Length(8 * values.length));
  return encodeBase64(new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
}

/** All numbers and texts in a fixed order, for a checksum. */
export function evidenceValues({ members, data }: EvidenceJSON): readonly unknown[] {
  const ofMembers = members.map((member) => [
    member.parameters,
    member.curvature,
    member.start,
    member.seed,
    member.steps,
    member.step,
    member.criterion,
    member.evidence,
    member.leaveOneOut,
    member.noise,
    member.effective,
    member.precisions,
  ]);
  return [ofMembers, data.samples, data.x, data.y];
}

const COUNT = {
  expected: "an integer of at least 0",
  holds: (value: number) => Number.isSafeInteger(value) && value >= 0,
};
const FINITE = { expected: "a finite number", holds: () => true };
const POSITIVE = { expected: "a finite number above 0", holds: (value: number) => value > 0 };

/** Numbers of a member, and what each has to be beside finite. */
const NUMBERS = {
  seed: COUNT,
  steps: COUNT,
  step: COUNT,
  criterion: FINITE,
  evidence: FINITE,
  leaveOneOut: FINITE,
  noise: POSITIVE,
} as const;

/** The JSON with every member of its type; whether the values fit the network comes later. */
export function checkEvidence(json: unknown): EvidenceJSON {
  const { members, data } = record(json, "evidence");
  if (!Array.isArray(members) || members.length === 0) {
    throw broken("evidence.members", "an array of at least one member", members);
  }
  const { samples, x, y } = record(data, "evidence.data");
  if (!Number.isSafeInteger(samples) || (samples as number) < 1) {
    throw broken("evidence.data.samples", "an integer of at least 1", samples);
  }
  return {
    members: members.map((value, index) => checkMember(value, `evidence.members[${index}]`)),
    data: {
      samples: samples as number,
      x: string(x, "evidence.data.x"),
      y: string(y, "evidence.data.y"),
    },
  };
}

function checkMember(value: unknown, name: string): EvidenceJSON["members"][number] {
  const member = record(value, name);
  for (const [key, { expected, holds }] of Object.entries(NUMBERS)) {
    const number = member[key];
    if (Number.isFinite(number) && holds(number as number)) continue;
    throw broken(`${name}.${key}`, expected, number);
  }
  const numbers = (key: string, above = -Infinity) => {
    const list = member[key];
    if (Array.isArray(list) && list.every((item) => Number.isFinite(item) && item > above)) {
      return list as number[];
    }
    const bound = above === 0 ? " above 0" : "";
    throw broken(`${name}.${key}`, `an array of finite numbers${bound}`, list);
  };
  return {
    parameters: string(member.parameters, `${name}.parameters`),
    curvature: string(member.curvature, `${name}.curvature`),
    start: string(member.start, `${name}.start`),
    seed: member.seed as number,
    steps: member.steps as number,
    step: member.step as number,
    criterion: member.criterion as number,
    evidence: member.evidence as number,
    leaveOneOut: member.leaveOneOut as number,
    noise: member.noise as number,
    effective: numbers("effective"),
    precisions: numbers("precisions", 0),
  };
}

/**
 * The numbers, for a network of `inputs` inputs and `parameters` parameters.
 * @throws InputError `invalid-model`
 */
export function decodeEvidence(
  { members, data }: EvidenceJSON,
  inputs: number,
  parameters: number,
  names: { readonly start: readonly string[]; readonly curvature: readonly string[] },
): StoredEvidence {
  return {
    members: members.map((member, index) => {
      const name = `evidence.members[${index}]`;
      for (const key of ["effective", "precisions"] as const) {
        if (member[key].length === inputs + 2) continue;
        throw broken(`${name}.${key}`, `${inputs + 2} numbers`, member[key]);
      }
      for (const key of ["start", "curvature"] as const) {
        if (names[key].includes(member[key])) continue;
        throw broken(`${name}.${key}`, `one of ${names[key].join(", ")}`, member[key]);
      }
      return {
        ...member,
        parameters: numbers(member.parameters, parameters, `${name}.parameters`),
        effective: Float64Array.from(member.effective),
        precisions: Float64Array.from(member.precisions),
      };
    }),
    data: {
      samples: data.samples,
      x: numbers(data.x, data.samples * inputs, "evidence.data.x"),
      y: numbers(data.y, data.samples, "evidence.data.y"),
    },
  };
}

/** Length first: a forged count must not make anything large be allocated. */
function numbers(value: string, count: number, name: string): Float64Array<ArrayBuffer> {
  const expected = base64Length(8 * count);
  if (value.length !== expected) {
    throw broken(name, `${expected} characters of base64`, `${value.length}`);
  }
  let bytes: Uint8Array<ArrayBuffer>;
  try {
    bytes = decodeBase64(value);
  } catch {
    throw broken(name, "base64", "other characters");
  }
  // Missing padding gives more bytes than the length of the text says.
  if (bytes.length !== 8 * count) throw broken(name, `${8 * count} bytes`, bytes.length);
  const result = new Float64Array(bytes.buffer);
  const bad = result.findIndex((item) => !Number.isFinite(item));
  if (bad >= 0) throw broken(name, "finite numbers", `${result[bad]} at ${bad}`);
  return result;
}

function string(value: unknown, name: string): string {
  if (typeof value === "string") return value;
  throw broken(name, "a text", value);
}

/** Own properties only: nothing is looked up on a prototype that a file could have named. */
export function record(value: unknown, name: string): Record<string, unknown> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw broken(name, "an object", value);
  }
  return Object.assign(Object.create(null), value) as Record<string, unknown>;
}

export function broken(name: string, expected: string, value: unknown): InputError {
  const got = value === undefined ? "nothing" : describe(value);
  return new InputError(
    "invalid-model",
    `not a readable model: ${name}: expected ${expected}, got ${got}`,
    { argument: name, expected, got },
  );
}
