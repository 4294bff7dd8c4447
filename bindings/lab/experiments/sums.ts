import { statSync } from "node:fs";
import type { Dataset } from "../../data/matrix.js";
import type { NetworkJSON } from "../../formats/network-json.js";
import { Network } from "../../network/network.js";
import { encodeBase64 } from "../../support/base64.js";
import { InputError } from "../../support/errors.js";
import { namesOf } from "../../support/validate.js";
import type { Experiment } from "./experiment.js";
import { whole } from "./settings.js";
import { readColumns } from "./sums-table.js";

/** What may be asked for, beside the loss. */
const WANTS = {
  loss: { gradient: false, gram: false },
  gradient: { gradient: true, gram: false },
  "gauss-newton": { gradient: true, gram: true },
} as const;

/** Means over the rows of one file, which the coordinator weights and adds up. */
export interface SumsSettings {
  readonly csv: string;
  readonly inputs: readonly string[];
  readonly target: string;
  readonly network: NetworkJSON;
  readonly want: keyof typeof WANTS;
}

/** Vectors and matrices are little-endian float64 in base64. */
export interface SumsResult {
  readonly samples: number;
  /** `null` where it overflows: JSON has no infinity. */
  readonly loss: number | null;
  /** J^T r / M, P values. */
  readonly gradient: string | null;
  /** J^T J / M, P x P. */
  readonly gram: string | null;
}

/** Bytes of tables that a process keeps, so that the next step need not read them again. */
const CACHE_BYTES = 2 ** 28;

interface Table {
  readonly data: Dataset & Readonly<Record<"x" | "y", Float64Array>>;
  /** Of the file it was read from: another time or size, another table. */
  readonly stamp: string;
}

const cache = new Map<string, Table>();

export const sums: Experiment<SumsSettings, SumsResult> = {
  properties: {
    csv: { type: "string", minLength: 1 },
    inputs: { type: "array", minItems: 1, items: { type: "string" } },
    target: { type: "string" },
    // The rest is checked where the network is made of it.
    network: {
      type: "object",
      required: ["inputs", "width"],
      properties: { inputs: whole, width: whole },
    },
    want: { type: "string", enum: namesOf(WANTS) },
  },
  required: ["csv", "inputs", "target", "network", "want"],
  estimate: ({ network, want, csv }) => {
    const parameters = network.width * (network.inputs + 2);
    const bytes = 4 * (statSync(csv, { throwIfNoEntry: false })?.size ?? 0);
    const matrix = WANTS[want].gram ? parameters * parameters : parameters;
    return { flops: matrix * (bytes / 8), bytes: bytes + 8 * 5 * matrix };
  },
  compute: async ({ csv, inputs, target, network: json, want }, { engine }) => {
    const { data } = readTable(csv, inputs, target);
    const network = await Network.fromJSON(json, { engine });
    try {
      const samples = data.y.length;
      const loss = lossOf(network, data);
      if (loss === null) return { samples, loss, gradient: null, gram: null };
      const gradient = WANTS[want].gradient ? network.gradient(data) : null;
      const gram = WANTS[want].gram ? network.hessian(data, { curvature: "gauss-newton" }) : null;
      return {
        samples,
        loss,
        gradient: gradient && encode(gradient.w, gradient.eta, gradient.c),
        gram: gram && encode(gram),
      };
    } finally {
      network.dispose();
    }
  },
};

/** `null` where it overflows. */
function lossOf(network: Network, data: Table["data"]): number | null {
  try {
    return network.loss(data);
  } catch (error) {
    if (error instanceof InputError && error.code === "non-finite") return null;
    throw error;
  }
}

function readTable(path: string, inputs: readonly string[], target: string): Table {
  const { mtimeMs, size } = statSync(path, { throwIfNoEntry: false }) ?? {};
  const stamp = JSON.stringify([mtimeMs, size, inputs, target]);
  const known = cache.get(path);
  if (known?.stamp === stamp) return known;
  const data = readColumns(path, inputs, target);
  cache.delete(path);
  const held = [...cache.values()].reduce((sum, entry) => sum + bytesOf(entry.data), 0);
  const read = { data, stamp };
  if (held + bytesOf(data) <= CACHE_BYTES) cache.set(path, read);
  return read;
}

function bytesOf({ x, y }: Table["data"]): number {
  return x.byteLength + y.byteLength;
}

function encode(...parts: readonly Float64Array[]): string {
  const bytes = parts.map(
    ({ buffer, byteOffset, byteLength }) => new Uint8Array(buffer, byteOffset, byteLength),
  );
  return encodeBase64(Buffer.concat(bytes));
}
