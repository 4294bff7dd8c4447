import { type Activation, checkActivation } from "../shape/activations.js";
import { parameterCount, type Shape } from "../shape/shape.js";
import { base64Length, checkTextLength, decodeBase64, encodeBase64 } from "../support/base64.js";
import { describe, InputError } from "../support/errors.js";
import { checksum } from "./checksum.js";

/** See docs/model-format.md. */
export interface NetworkJSON {
  readonly format: "newton-nn/network";
  readonly version: 1 | 2;
  readonly inputs: number;
  /** From version 2 on; 1 where it is missing. */
  readonly outputs?: number;
  readonly width: number;
  readonly activation: Activation;
  readonly beta: number;
  readonly seed: number;
  /** Little-endian float64 in base64, in the order all w (row-major N x d), all eta, all c. */
  readonly parameters: string;
  /** CRC-32 of the other values. */
  readonly checksum: string;
}

const FORMAT = "newton-nn/network";
/**
 * Version 2 has `outputs`; a network with one output is still written as version 1, which older
 * releases read.
 */
const VERSION = 2;

type Unsigned = Omit<NetworkJSON, "checksum">;

/**
 * The checksum covers the values in a fixed order, so that white space and the order of keys may
 * change.
 */
function sign(network: Unsigned): string {
  const { format, version, inputs, outputs, width, activation, beta, seed, parameters } = network;
  const head = JSON.stringify([format, version, inputs, width, activation, beta, seed]).slice(
    0,
    -1,
  );
  const tail = version === 1 ? "]" : `,${JSON.stringify(outputs)}]`;
  // As JSON.stringify of all of it, which would be one more copy of the longest text there can be.
  return checksum(head, ",", JSON.stringify(parameters), tail);
}

function versioned(outputs: number): { version: 1 } | { version: 2; outputs: number } {
  return outputs === 1 ? { version: 1 } : { version: VERSION, outputs };
}

/** Characters of the text that holds the parameters. */
export function parametersLength(shape: Shape): number {
  return base64Length(8 * parameterCount(shape));
}

/**
 * @param theta P values; a view of the core's memory will do
 * @throws ResourceError `out-of-memory` for more parameters than a text can hold
 */
export function encodeNetwork(
  shape: Shape & { readonly seed: number },
  theta: Float64Array<ArrayBuffer>,
): NetworkJSON {
  checkTextLength("the parameters as text", parametersLength(shape));
  const { inputs, outputs, width, activation, beta, seed } = shape;
  const { buffer, byteOffset, byteLength } = theta;
  const parameters = encodeBase64(new Uint8Array(buffer, byteOffset, byteLength));
  const unsigned: Unsigned = {
    format: FORMAT,
    ...versioned(outputs),
    inputs,
    width,
    activation,
    beta,
    seed,
    parameters,
  };
  return { ...unsigned, checksum: sign(unsigned) };
}

/** @throws InputError `invalid-model`, `unsupported-version` */
export function decodeNetwork(json: unknown): {
  shape: Shape & { seed: number };
  theta: Float64Array<ArrayBuffer>;
} {
  const model = checkHeader(json);
  const shape = {
    inputs: field(
      model,
      "inputs",
      (value) => Number.isInteger(value) && (value as number) >= 1,
    ) as number,
    outputs:
      model.version === 1
        ? 1
        : (field(
            model,
            "outputs",
            (value) => Number.isInteger(value) && (value as number) >= 2,
          ) as number),
    width: field(
      model,
      "width",
      (value) => Number.isInteger(value) && (value as number) >= 1,
    ) as number,
    activation: checkModelActivation(model.activation),
    beta: field(
      model,
      "beta",
      (value) => typeof value === "number" && value > 0.5 && value <= 1,
    ) as number,
    seed: field(
      model,
      "seed",
      (value) => Number.isSafeInteger(value) && (value as number) >= 0,
    ) as number,
  };
  const text = field(model, "parameters", (value) => typeof value === "string") as string;
  const bytes = 8 * parameterCount(shape);
  // Length first: a forged width must not make anything large be allocated.
  const expected = parametersLength(shape);
  if (text.length !== expected) {
    throw broken("parameters", `${expected} characters of base64`, `${text.length}`);
  }
  const signed = {
    ...shape,
    format: FORMAT,
    ...versioned(shape.outputs),
    parameters: text,
  } as const;
  const signature = sign(signed);
  if (model.checksum !== signature) {
    throw broken(
      "checksum",
      signature,
      `${describe(model.checksum)}; the model was cut off or edited`,
    );
  }
  const raw = decode(text);
  // Missing padding gives more bytes than the length of the text says.
  if (raw.length !== bytes) throw broken("parameters", `${bytes} bytes`, `${raw.length}`);
  const theta = new Float64Array(raw.buffer);
  const bad = theta.findIndex((value) => !Number.isFinite(value));
  if (bad >= 0) throw broken("parameters", "finite numbers", `${theta[bad]} at ${bad}`);
  return { shape, theta };
}

function checkHeader(json: unknown): Record<string, unknown> {
  if (typeof json !== "object" || json === null || Array.isArray(json)) {
    throw broken("json", "the object that toJSON gave (parse the text first)", describe(json));
  }
  const model = json as Record<string, unknown>;
  if (model.format !== FORMAT) {
    throw broken("format", `"${FORMAT}"`, describe(model.format));
  }
  const version = field(
    model,
    "version",
    (value) => Number.isInteger(value) && (value as number) >= 1,
  ) as number;
  if (version > VERSION) {
    throw new InputError(
      "unsupported-version",
      `version: this release reads network format ${VERSION}, got ${version}; update newton-nn`,
      { argument: "version", expected: `at most ${VERSION}`, got: String(version) },
    );
  }
  return model;
}

function field(
  model: Record<string, unknown>,
  name: string,
  valid: (value: unknown) => boolean,
): unknown {
  const value = Object.hasOwn(model, name) ? model[name] : undefined;
  if (valid(value)) return value;
  throw broken(name, "a valid value", value === undefined ? "nothing" : describe(value));
}

function checkModelActivation(value: unknown): Activation {
  try {
    return checkActivation(value, "activation");
  } catch (cause) {
    const { expected = "", got = "" } = cause as InputError;
    throw broken("activation", expected, got);
  }
}

function decode(text: string): Uint8Array<ArrayBuffer> {
  try {
    return decodeBase64(text);
  } catch {
    throw broken("parameters", "base64", "other characters");
  }
}

function broken(name: string, expected: string, got: string): InputError {
  return new InputError(
    "invalid-model",
    `not a readable network model: ${name}: expected ${expected}, got ${got}`,
    { argument: name, expected, got },
  );
}
