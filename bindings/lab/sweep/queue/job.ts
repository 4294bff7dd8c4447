import { choose } from "../../conditions.js";
import { cellKinds, experimentOf } from "../../experiments/index.js";
import { isBuiltIn } from "../../experiments/training.js";
import { type Fault, faultFinder } from "../../faults.js";
import { type Cell, type CellError, digestOfData, makeCell, type NamedData } from "../cell.js";

/**
 * What a job carries. Its id is that of the sweep and of the cell, so that the same one is never
 * queued twice.
 */
export interface CellJob {
  readonly sweep: string;
  readonly cell: Cell;
}

/** Faults that a message names: a payload may have any number of them, and names of any length. */
const NAMED = 5;
const LONGEST = 300;

const cell = {
  type: "object",
  required: ["id", "experiment", "settings", "data"],
  additionalProperties: false,
  properties: {
    id: { type: "string" },
    experiment: { type: "string", enum: cellKinds },
    settings: { type: "object" },
    data: { type: ["string", "null"] },
  },
  allOf: cellKinds.map((kind) => {
    const { properties, required } = experimentOf(kind);
    const settings = { type: "object", required, additionalProperties: false, properties };
    const named = { required: ["experiment"], properties: { experiment: { const: kind } } };
    return choose(named, { properties: { settings } });
  }),
};

const payloadFaults = faultFinder({
  type: "object",
  required: ["sweep", "cell"],
  additionalProperties: false,
  properties: { sweep: { type: "string" }, cell },
});

const rows = {
  x: {
    type: "array",
    minItems: 1,
    items: { type: "array", minItems: 1, items: { type: "number" } },
  },
  y: { type: "array", minItems: 1, items: { type: "number" } },
  weights: { type: "array", minItems: 1, items: { type: "number", minimum: 0 } },
};

const dataFaults = faultFinder({
  type: "object",
  required: ["x", "y", "digest"],
  additionalProperties: false,
  properties: {
    ...rows,
    test: {
      type: "object",
      required: ["x", "y"],
      additionalProperties: false,
      properties: rows,
    },
    classes: { type: "array", minItems: 2, items: { type: ["string", "number"] } },
    digest: { type: "string" },
  },
});

/** A failure of a job, in the form in which its coordinator reads it. */
export class JobError extends Error {
  readonly failure: CellError;

  constructor(failure: CellError) {
    super(JSON.stringify(failure));
    this.failure = failure;
  }
}

/**
 * What a worker may be given: whoever can write to the queue writes what is here, so nothing is
 * estimated, read or computed before.
 * @throws JobError `invalid-argument`, not to be tried again
 */
export function checkJob(name: string, payload: unknown): CellJob {
  const [fault, ...others] = name === "cell" ? payloadFaults(payload) : [UNKNOWN_NAME];
  if (fault !== undefined) throw refused([fault, ...others]);
  const job = payload as CellJob;
  const { id, experiment, settings, data } = job.cell;
  if (makeCell(experiment, settings, data).id !== id) {
    throw refused([{ path: ["cell", "id"], message: "is not that of the cell" }]);
  }
  if (experiment === "train" && data === null && !isBuiltIn(settings.target)) {
    const message = "must be a built-in problem, or come with data";
    throw refused([{ path: ["cell", "settings", "target"], message }]);
  }
  return job;
}

/**
 * The data set a cell names, as the queue has it. @throws JobError `load-failed` when it is missing
 * or is not that one
 */
export function checkData(payload: unknown, digest: string): NamedData {
  if (payload === undefined) {
    // The server may have lost it; the coordinator puts it there again.
    throw new JobError({
      code: "load-failed",
      message: `the queue has no data ${digest}`,
      retry: true,
    });
  }
  if (dataFaults(payload).length === 0 && digestOfData(payload as NamedData) === digest) {
    return payload as NamedData;
  }
  const message = `the data ${digest} in the queue are not those the cell was made of`;
  throw new JobError({ code: "load-failed", message, retry: false });
}

const UNKNOWN_NAME: Fault = { path: ["name"], message: 'must be "cell"' };

function refused(faults: readonly Fault[]): JobError {
  const named = faults
    .slice(0, NAMED)
    .map(({ path, message }) => `${path.join(".") || "the payload"} ${message}`);
  const message = `the job is none of newton-nn: ${named.join("; ")}`.slice(0, LONGEST);
  return new JobError({ code: "invalid-argument", message, retry: false });
}
