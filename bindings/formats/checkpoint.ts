import type { Shape } from "../shape/shape.js";
import { base64Length, checkTextLength, decodeBase64, encodeBase64 } from "../support/base64.js";
import { describe, InputError, invalid } from "../support/errors.js";
import { checkBound, checkNumber } from "../support/validate.js";
import { checksum } from "./checksum.js";
import {
  decodeNetwork,
  encodeNetwork,
  type NetworkJSON,
  parametersLength,
} from "./network-json.js";
import type { MethodState, StateBounds } from "./state.js";

/**
 * A training between two steps, as JSON: all that the next step depends on beside the data and the
 * options. See docs/model-format.md.
 */
export interface Checkpoint {
  readonly format: "newton-nn/checkpoint";
  /** 2 where the objective is another than least squares without a penalty. */
  readonly version: 1 | 2;
  /** Its name. */
  readonly method: string;
  /** Its name; `null` for methods without regularization. */
  readonly policy: string | null;
  /** Of version 2: what was minimized on the data. */
  readonly objective?: NamedObjective;
  /** Steps done. */
  readonly step: number;
  /** How the training ended with that step, where it can go on no more. */
  readonly ended?: EndedReason;
  readonly network: NetworkJSON;
  /**
   * What the policy and the method remember from step to step; vectors are little-endian float64 in
   * base64.
   */
  readonly numbers: Readonly<Record<string, number>>;
  readonly vectors: Readonly<Record<string, string>>;
  /** CRC-32 of the other values. */
  readonly checksum: string;
}

/** What is minimized on data, with every default: the same objective is the same text. */
export interface NamedObjective {
  readonly loss: { readonly name: string; readonly [parameter: string]: string | number };
  /** lambda of the groups of parameters of which it is not 0. */
  readonly penalty: Readonly<Record<string, number | readonly number[]>> | null;
}

/** Ends of a training that no later one can go on from. */
const ENDED = ["stalled", "diverged"] as const;

export type EndedReason = (typeof ENDED)[number];

/** The reason where it is such an end, or `null`. */
export function endedBy(reason: string | null): EndedReason | null {
  return ENDED.find((end) => end === reason) ?? null;
}

const FORMAT = "newton-nn/checkpoint";
const VERSION = 2;

/** A training between two steps, in memory of its own. */
export interface Snapshot {
  readonly method: string;
  readonly policy: Checkpoint["policy"];
  /** `null` for least squares without a penalty. */
  readonly objective: NamedObjective | null;
  readonly step: number;
  readonly ended: EndedReason | null;
  readonly shape: Shape & { readonly seed: number };
  readonly theta: Float64Array<ArrayBuffer>;
  readonly state: MethodState;
}

function sign(checkpoint: Omit<Checkpoint, "checksum">): string {
  const { format, version, method, policy, step, network, numbers, vectors } = checkpoint;
  const { objective, ended } = checkpoint;
  const sorted = (values: object) => Object.entries(values).sort(([a], [b]) => (a < b ? -1 : 1));
  const values = [format, version, method, policy, step, network.checksum, sorted(numbers)];
  if (objective !== undefined) values.push(JSON.stringify(objective));
  if (ended !== undefined) values.push(ended);
  const texts = sorted(vectors).flatMap(([name, text], index) => [
    `${index === 0 ? "" : ","}[${JSON.stringify(name)},`,
    JSON.stringify(text),
    "]",
  ]);
  // As JSON.stringify of [...values, sorted(vectors)], which may be longer than a text can be.
  return checksum(JSON.stringify(values).slice(0, -1), ",[", ...texts, "]]");
}

/** @throws ResourceError `out-of-memory` for more than a text can hold */
export function encodeCheckpoint({
  method,
  policy,
  objective,
  step,
  ended,
  shape,
  theta,
  state,
}: Snapshot): Checkpoint {
  const remembered = Object.values(state.vectors);
  const length = remembered.reduce((sum, { byteLength }) => sum + base64Length(byteLength), 0);
  checkTextLength("the checkpoint as text", parametersLength(shape) + length);
  const vectors = Object.entries(state.vectors).map(([name, values]) => {
    return [name, encodeBase64(new Uint8Array(values.buffer))];
  });
  const unsigned: Omit<Checkpoint, "checksum"> = {
    format: FORMAT,
    ...(objective === null ? { version: 1 } : { version: 2, objective }),
    method,
    policy,
    step,
    ...(ended !== null && { ended }),
    network: encodeNetwork(shape, theta),
    numbers: state.numbers,
    vectors: Object.fromEntries(vectors) as Record<string, string>,
  };
  return { ...unsigned, checksum: sign(unsigned) };
}

/** @throws InputError `invalid-model`, `unsupported-version` */
export function decodeCheckpoint(value: unknown): Snapshot {
  const checkpoint = checkFields(value);
  const { shape, theta } = decodeNetwork(checkpoint.network);
  const vectors = Object.entries(checkpoint.vectors).map(([name, text]) => [
    name,
    decodeVector(text),
  ]);
  return {
    method: checkpoint.method,
    policy: checkpoint.policy,
    objective: checkpoint.objective ?? null,
    step: checkpoint.step,
    ended: checkpoint.ended ?? null,
    shape,
    theta,
    state: {
      numbers: checkpoint.numbers,
      vectors: Object.fromEntries(vectors) as Record<string, Float64Array<ArrayBuffer>>,
    },
  };
}

function checkFields(value: unknown): Checkpoint {
  if (typeof value !== "object" || value === null) {
    throw invalid("invalid-model", "options.resume", "a checkpoint", describe(value));
  }
  const checkpoint = value as Checkpoint;
  const { format, version, method, policy, step, ended, numbers, vectors } = checkpoint;
  if (format !== FORMAT) {
    throw invalid("invalid-model", "options.resume.format", `"${FORMAT}"`, describe(format));
  }
  if (Number.isInteger(version) && version > VERSION) {
    throw new InputError(
      "unsupported-version",
      `options.resume.version: this release reads checkpoints up to version ${VERSION}, got ${version}; update newton-nn`,
      { argument: "options.resume.version", expected: `${VERSION}`, got: String(version) },
    );
  }
  const right =
    (version === 1) === (checkpoint.objective === undefined) &&
    checkpoint.objective !== null &&
    (version === 1 || version === 2) &&
    Number.isSafeInteger(step) &&
    step >= 0 &&
    (ended === undefined || endedBy(ended) !== null) &&
    typeof method === "string" &&
    (policy === null || typeof policy === "string") &&
    isRecordOf(numbers, "number") &&
    isRecordOf(vectors, "string") &&
    typeof checkpoint.network === "object" &&
    checkpoint.network !== null &&
    typeof checkpoint.network.checksum === "string";
  if (!right || sign(checkpoint) !== checkpoint.checksum) {
    throw invalid(
      "invalid-model",
      "options.resume",
      "a whole checkpoint",
      "one that was cut off or edited",
    );
  }
  return checkpoint;
}

function isRecordOf(value: unknown, type: "number" | "string"): boolean {
  return (
    typeof value === "object" &&
    value !== null &&
    Object.values(value).every((entry) => typeof entry === type)
  );
}

function decodeVector(text: string): Float64Array<ArrayBuffer> {
  try {
    return new Float64Array(decodeBase64(text).buffer);
  } catch (cause) {
    throw new InputError("invalid-model", "options.resume.vectors: not base64 of float64", {
      argument: "options.resume.vectors",
      cause,
    });
  }
}

/** What a training is besides its state. */
interface Training {
  readonly shape: Shape;
  readonly name: string;
  readonly policy: Checkpoint["policy"];
  readonly objective: NamedObjective | null;
}

/**
 * Refuses to go on with another network, method, policy or objective than those of the checkpoint.
 * @throws InputError `invalid-argument`
 */
export function checkResumes(snapshot: Snapshot, training: Training): void {
  const keys = ["inputs", "outputs", "width", "activation", "beta"] as const;
  for (const key of keys) check(`network.${key}`, snapshot.shape[key], training.shape[key]);
  check("method", snapshot.method, training.name);
  check("regularization.policy", snapshot.policy, training.policy);
  const [saved, asked] = [objectiveText(snapshot), objectiveText(training)];
  if (saved === asked) return;
  const expected = `a checkpoint with the objective ${asked}`;
  throw invalid("invalid-argument", "options.resume", expected, `one with ${saved}`);
}

function objectiveText({ objective }: Pick<Snapshot, "objective">): string {
  return objective === null ? "least squares without a penalty" : JSON.stringify(objective);
}

function check(what: string, saved: unknown, asked: unknown): void {
  if (saved === asked) return;
  throw invalid(
    "invalid-argument",
    "options.resume",
    `a checkpoint with ${what} ${describe(asked)}`,
    `one with ${describe(saved)}`,
  );
}

/**
 * What a checkpoint says a method remembers must be what the method may remember, before any of it
 * is taken: a loop in the core is as long as a number says.
 * @throws InputError `invalid-argument`
 */
export function checkState(bounds: StateBounds | null, saved: MethodState): void {
  checkStateNumbers(bounds?.numbers ?? null, saved.numbers);
  if (bounds === null) return;
  checkNames("vectors", bounds.vectors, saved.vectors);
  for (const [name, bound] of Object.entries(bounds.vectors)) {
    const vector = saved.vectors[name];
    check(`${name} of length`, vector?.length, bound.length);
    const { least = -Infinity } = bound;
    const bad = vector!.findIndex((value) => !(Number.isFinite(value) && value >= least));
    if (bad >= 0) checkNumber(vector![bad], `options.resume.vectors.${name}[${bad}]`, { least });
  }
}

function checkStateNumbers(bounds: StateBounds["numbers"], saved: MethodState["numbers"]): void {
  const known = bounds ?? Object.fromEntries(Object.keys(saved).map((name) => [name, {}]));
  checkNames("numbers", known, saved);
  for (const [name, bound] of Object.entries(known)) {
    checkBound(saved[name], `options.resume.numbers.${name}`, bound);
  }
}

function checkNames(argument: "numbers" | "vectors", known: object, saved: object): void {
  const stranger = Object.keys(saved).find((name) => !Object.hasOwn(known, name));
  if (stranger === undefined) return;
  const names = Object.keys(known).join(", ");
  throw invalid(
    "invalid-argument",
    `options.resume.${argument}`,
    names === "" ? "nothing" : `${names} alone`,
    describe(stranger),
  );
}
