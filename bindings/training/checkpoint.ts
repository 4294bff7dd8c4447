import { decodeBase64, encodeBase64 } from "../base64.js";
import { checksum } from "../checksum.js";
import { describe, InputError, invalid } from "../errors.js";
import type { MethodState } from "../methods/method.js";
import { decodeNetwork, encodeNetwork } from "../network-json.js";
import type { Shape } from "../shape.js";
import type { Checkpoint, MethodName } from "../types.js";

const FORMAT = "newton-nn/checkpoint";
const VERSION = 1;

/** A training between two steps, in memory of its own. */
export interface Snapshot {
  readonly method: MethodName;
  readonly policy: Checkpoint["policy"];
  readonly step: number;
  readonly shape: Shape & { readonly seed: number };
  readonly theta: Float64Array<ArrayBuffer>;
  readonly state: MethodState;
}

function sign(checkpoint: Omit<Checkpoint, "checksum">): string {
  const { format, version, method, policy, step, network, numbers, vectors } = checkpoint;
  const sorted = (values: object) => Object.entries(values).sort(([a], [b]) => (a < b ? -1 : 1));
  const values = [format, version, method, policy, step, network.checksum];
  return checksum(JSON.stringify([...values, sorted(numbers), sorted(vectors)]));
}

export function encodeCheckpoint({
  method,
  policy,
  step,
  shape,
  theta,
  state,
}: Snapshot): Checkpoint {
  const vectors = Object.entries(state.vectors).map(([name, values]) => {
    return [name, encodeBase64(new Uint8Array(values.buffer))];
  });
  const unsigned = {
    format: FORMAT,
    version: VERSION,
    method,
    policy,
    step,
    network: encodeNetwork(shape, theta),
    numbers: state.numbers,
    vectors: Object.fromEntries(vectors) as Record<string, string>,
  } as const;
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
    step: checkpoint.step,
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
  const { format, version, step, numbers, vectors } = checkpoint;
  if (format !== FORMAT) {
    throw invalid("invalid-model", "options.resume.format", `"${FORMAT}"`, describe(format));
  }
  if (Number.isInteger(version) && version > VERSION) {
    throw new InputError(
      "unsupported-version",
      `options.resume.version: this release reads checkpoints of version ${VERSION}, got ${version}; update newton-nn`,
      { argument: "options.resume.version", expected: `${VERSION}`, got: String(version) },
    );
  }
  const right =
    version === VERSION &&
    Number.isSafeInteger(step) &&
    step >= 0 &&
    isRecordOf(numbers, "number") &&
    isRecordOf(vectors, "string") &&
    typeof checkpoint.network === "object" &&
    checkpoint.network !== null;
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

/** Refuses to go on with another network, method or policy than those of the checkpoint. @throws InputError `invalid-argument` */
export function checkResumes(
  snapshot: Snapshot,
  shape: Shape,
  method: MethodName,
  policy: Checkpoint["policy"],
): void {
  const keys = ["inputs", "outputs", "width", "activation", "beta"] as const;
  for (const key of keys) check(`network.${key}`, snapshot.shape[key], shape[key]);
  check("method", snapshot.method, method);
  check("regularization.policy", snapshot.policy, policy);
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

/** The state of a checkpoint must be of the shape that this training has. @throws InputError `invalid-argument` */
export function checkState(own: MethodState, saved: MethodState): void {
  for (const [name, vector] of Object.entries(own.vectors)) {
    check(`${name} of length`, saved.vectors[name]?.length, vector.length);
  }
  for (const name of Object.keys(own.numbers)) {
    if (Number.isFinite(saved.numbers[name])) continue;
    throw invalid(
      "invalid-argument",
      `options.resume.numbers.${name}`,
      "a finite number",
      describe(saved.numbers[name]),
    );
  }
}
