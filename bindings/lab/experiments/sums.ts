import { statSync } from "node:fs";
import type { Dataset } from "../../data/matrix.js";
import type { Arena } from "../../engine/engine.js";
import type { NetworkJSON } from "../../formats/network-json.js";
import { Network, networkAccess } from "../../network/network.js";
import { CURVATURES } from "../../objective/curvature.js";
import { loadFor } from "../../objective/load.js";
import { lossTraits } from "../../objective/losses.js";
import { checkObjectiveOf, type ObjectiveOptions } from "../../objective/objective.js";
import { Point } from "../../objective/point.js";
import { Problem } from "../../objective/problem.js";
import { paddedCount } from "../../shape/shape.js";
import { decodeBase64, encodeBase64 } from "../../support/base64.js";
import { InputError, invalid } from "../../support/errors.js";
import { namesOf } from "../../support/validate.js";
import type { Experiment } from "./experiment.js";
import { whole } from "./settings.js";
import { type Columns, readColumns } from "./sums-table.js";

/** What may be asked for, beside the loss. */
const WANTS = {
  loss: { gradient: false, gram: false, bend: false },
  gradient: { gradient: true, gram: false, bend: false },
  "gauss-newton": { gradient: true, gram: true, bend: false },
  bend: { gradient: false, gram: false, bend: true },
} as const;

/** Means over the rows of one file, which the coordinator weights and adds up. */
export interface SumsSettings extends ObjectiveOptions {
  readonly csv: string;
  readonly inputs: readonly string[];
  /** One an output; of a class one. */
  readonly targets: readonly string[];
  readonly weights?: string;
  readonly network: NetworkJSON;
  readonly want: keyof typeof WANTS;
  /** v, P values, for `bend`. */
  readonly direction?: string;
}

/** Vectors and matrices are little-endian float64 in base64. */
export interface SumsResult {
  readonly samples: number;
  /** `null` where it overflows: JSON has no infinity. */
  readonly loss: number | null;
  /** J^T rho / M + Lambda theta, P values. */
  readonly gradient: string | null;
  /** J^T D J / M + Lambda, P x P. */
  readonly gram: string | null;
  /** J^T D f_vv / M, P values, f_vv the second derivative of f along v. */
  readonly bend: string | null;
  /**
   * v . (H - J^T D+ J / M - Lambda) v, what the true quadratic model has beside that of `gram`:
   * rho . f_vv / M, and (J v)^T (D - D+) J v / M where D is negative. `null` where it overflows,
   * too.
   */
  readonly curvature: number | null;
}

/** Bytes of tables that a process keeps, so that the next step need not read them again. */
const CACHE_BYTES = 2 ** 28;

interface Table {
  readonly data: Dataset & Columns;
  /** Of the file it was read from: another time or size, another table. */
  readonly stamp: string;
}

const cache = new Map<string, Table>();

export const sums: Experiment<SumsSettings, SumsResult> = {
  properties: {
    csv: { type: "string", minLength: 1 },
    inputs: { type: "array", minItems: 1, items: { type: "string" } },
    targets: { type: "array", minItems: 1, items: { type: "string" } },
    // The rest is checked where the network is made of it.
    network: {
      type: "object",
      required: ["inputs", "width"],
      properties: { inputs: whole, width: whole },
    },
    want: { type: "string", enum: namesOf(WANTS) },
    direction: { type: "string" },
    weights: { type: "string" },
    // Checked where they are used.
    loss: {},
    penalty: {},
  },
  required: ["csv", "inputs", "targets", "network", "want"],
  estimate: ({ network, want, csv, targets }) => {
    const parameters = network.width * (network.inputs + 1 + targets.length);
    const bytes = 4 * (statSync(csv, { throwIfNoEntry: false })?.size ?? 0);
    const matrix = WANTS[want].gram ? parameters * parameters : parameters;
    return { flops: matrix * (bytes / 8), bytes: bytes + 8 * 5 * matrix };
  },
  compute: async (settings, { engine }) => {
    const { csv, inputs, targets, weights, network: json, want, direction } = settings;
    const { loss: kind, penalty } = settings;
    const objective = { ...(kind !== undefined && { loss: kind }), ...(penalty && { penalty }) };
    const { data } = readTable(csv, inputs, targets, weights);
    const network = await Network.fromJSON(json, { engine });
    try {
      const samples = data.y.length / targets.length;
      const loss = lossOf(network, data, objective);
      if (loss === null) return { samples, loss, gradient: null, gram: null, ...NO_BEND };
      const gradient = WANTS[want].gradient ? network.gradient(data, objective) : null;
      const curvature = "gauss-newton";
      const gram = WANTS[want].gram ? network.hessian(data, { curvature, ...objective }) : null;
      return {
        samples,
        loss,
        gradient: gradient && encode(gradient.w, gradient.eta, gradient.c),
        gram: gram && encode(gram),
        ...(WANTS[want].bend ? bendAlong(network, data, objective, direction) : NO_BEND),
      };
    } finally {
      network.dispose();
    }
  },
};

const NO_BEND = { bend: null, curvature: null } as const;

/** @throws InputError `invalid-shape` for a direction of another network */
function bendAlong(
  network: Network,
  data: Table["data"],
  options: ObjectiveOptions,
  text = "",
): Pick<SumsResult, "bend" | "curvature"> {
  const { engine, shape, theta } = networkAccess(network);
  return engine.scope((arena) => {
    const objective = checkObjectiveOf(options, shape, "options");
    const loaded = loadFor(engine, arena, data, shape, objective);
    const problem = new Problem(engine, arena, shape, loaded, objective);
    const point = new Point(problem, arena, { keepJets: false, theta });
    const direction = new Float64Array(decodeBase64(text).buffer);
    const count = problem.parameters;
    if (direction.length !== count) {
      throw invalid("invalid-shape", "direction", `${count} values`, `${direction.length}`);
    }
    const [along, out] = [arena.f64(paddedCount(shape)), arena.f64(paddedCount(shape))];
    const bend = arena.f64(problem.rows);
    engine.f64(along, count).set(direction);
    point.evaluate();
    point.secondDerivative(along, bend);
    const curvature =
      engine.core.dot(problem.rows, point.residual, bend) / problem.samples +
      concaveAlong(problem, point, arena, along);
    point.transposeProduct(point.bend(bend, arena.f64(problem.rows)), out);
    return {
      bend: encode(engine.f64(out, count)),
      curvature: Number.isFinite(curvature) ? curvature : null,
    };
  });
}

/** (J v)^T (D - D+) J v / M, D+ what is not negative of D. */
function concaveAlong(problem: Problem, point: Point, arena: Arena, along: number): number {
  if (!lossTraits(problem.objective.loss.name).mayBeConcave) return 0;
  const { engine, rows, samples, descriptor } = problem;
  const { core } = engine;
  const [image, bent, straight] = [arena.f64(rows), arena.f64(rows), arena.f64(rows)];
  const positive = arena.bytes(core.rowsBytes(descriptor));
  point.jacobianProduct(along, image);
  core.rowsMake(positive, point.descriptor, CURVATURES.positive.code);
  core.curvatureProduct(point.descriptor, positive, image, straight);
  core.axpy(rows, -1, straight, point.bend(image, bent));
  return core.dot(rows, image, bent) / samples;
}

/** `null` where it overflows. */
function lossOf(network: Network, data: Table["data"], objective: ObjectiveOptions): number | null {
  try {
    return network.loss(data, objective);
  } catch (error) {
    if (error instanceof InputError && error.code === "non-finite") return null;
    throw error;
  }
}

function readTable(
  path: string,
  inputs: readonly string[],
  targets: readonly string[],
  weights: string | undefined,
): Table {
  const { mtimeMs, size } = statSync(path, { throwIfNoEntry: false }) ?? {};
  const stamp = JSON.stringify([mtimeMs, size, inputs, targets, weights]);
  const known = cache.get(path);
  if (known?.stamp === stamp) return known;
  const data = readColumns(path, inputs, targets, weights);
  cache.delete(path);
  const held = [...cache.values()].reduce((sum, entry) => sum + bytesOf(entry.data), 0);
  const read = { data, stamp };
  if (held + bytesOf(data) <= CACHE_BYTES) cache.set(path, read);
  return read;
}

function bytesOf({ x, y, weights }: Table["data"]): number {
  return x.byteLength + y.byteLength + (weights?.byteLength ?? 0);
}

function encode(...parts: readonly Float64Array[]): string {
  const bytes = parts.map(
    ({ buffer, byteOffset, byteLength }) => new Uint8Array(buffer, byteOffset, byteLength),
  );
  return encodeBase64(Buffer.concat(bytes));
}
