import type { Shape } from "../shape/shape.js";
import { describe, InputError, invalid } from "../support/errors.js";
import { checksum } from "./checksum.js";
import { decodeNetwork, encodeNetwork, type NetworkJSON } from "./network-json.js";

/** A solution of differential equations; see docs/model-format.md. */
export interface SolutionJSON {
  readonly format: "newton-nn/solution";
  readonly version: 3;
  /** Names of the network's inputs and outputs. */
  readonly coordinates: readonly string[];
  readonly unknowns: readonly string[];
  /** Numbers by their names. */
  readonly constants: Readonly<Record<string, number>>;
  readonly parameters: Readonly<Record<string, number>>;
  readonly network: NetworkJSON;
  /** CRC-32 of the other values. */
  readonly checksum: string;
}

const FORMAT = "newton-nn/solution";
const VERSION = 3;

/** What is kept of a solution. */
export interface KeptSolution {
  readonly coordinates: readonly string[];
  readonly unknowns: readonly string[];
  readonly constants: Readonly<Record<string, number>>;
  readonly parameters: Readonly<Record<string, number>>;
  readonly shape: Shape & { readonly seed: number };
  readonly theta: Float64Array<ArrayBuffer>;
}

/** @throws ResourceError `out-of-memory` for more parameters than a text can hold */
export function encodeSolution({ shape, theta, ...kept }: KeptSolution): SolutionJSON {
  const unsigned = {
    format: FORMAT,
    version: VERSION,
    coordinates: kept.coordinates,
    unknowns: kept.unknowns,
    constants: kept.constants,
    parameters: kept.parameters,
    network: encodeNetwork(shape, theta),
  } as const;
  return { ...unsigned, checksum: sign(unsigned) };
}

/** @throws InputError `invalid-model`, `unsupported-version` */
export function decodeSolution(json: unknown): KeptSolution {
  const kept = checkFields(json);
  const { shape, theta } = decodeNetwork(kept.network);
  const { coordinates, unknowns, constants, parameters } = kept;
  checkCount("coordinates", coordinates, shape.inputs);
  checkCount("unknowns", unknowns, shape.outputs);
  return { coordinates, unknowns, constants, parameters, shape, theta };
}

/** The order of keys may change; that of the numbers by name is part of what they mean. */
function sign(solution: Omit<SolutionJSON, "checksum">): string {
  const { format, version, coordinates, unknowns, constants, parameters, network } = solution;
  const numbers = [Object.entries(constants), Object.entries(parameters)];
  const values = [format, version, coordinates, unknowns, ...numbers, network.checksum];
  return checksum(JSON.stringify(values));
}

function checkFields(json: unknown): SolutionJSON {
  if (typeof json !== "object" || json === null || Array.isArray(json)) {
    throw broken("json", "the object that toJSON gave (parse the text first)", describe(json));
  }
  const solution = json as SolutionJSON;
  if (solution.format !== FORMAT) throw broken("format", `"${FORMAT}"`, describe(solution.format));
  const version: unknown = solution.version;
  if (Number.isInteger(version) && (version as number) > VERSION) {
    throw new InputError(
      "unsupported-version",
      `version: this release reads solutions of version ${VERSION}, got ${version}; update newton-nn`,
      { argument: "version", expected: `${VERSION}`, got: String(version) },
    );
  }
  if (version !== VERSION) throw broken("version", `${VERSION}`, describe(version));
  const whole =
    areNames(solution.coordinates) &&
    areNames(solution.unknowns) &&
    areNumbers(solution.constants) &&
    areNumbers(solution.parameters) &&
    typeof solution.network === "object" &&
    solution.network !== null;
  if (!whole || sign(solution) !== solution.checksum) {
    throw broken("checksum", "a whole solution", "one that was cut off or edited");
  }
  return solution;
}

function areNames(value: unknown): boolean {
  return Array.isArray(value) && value.every((name) => typeof name === "string");
}

function areNumbers(value: unknown): boolean {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  return Object.values(value).every((number) => Number.isFinite(number));
}

function checkCount(name: string, names: readonly string[], count: number): void {
  if (names.length !== count) throw broken(name, `${count} names`, `${names.length}`);
}

function broken(name: string, expected: string, got: string): InputError {
  return invalid("invalid-model", `solution.${name}`, expected, got);
}
