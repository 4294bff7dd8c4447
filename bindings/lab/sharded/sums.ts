import type { Engine } from "../../engine/engine.js";
import type { NetworkJSON } from "../../formats/network-json.js";
import type { ObjectiveOptions } from "../../objective/objective.js";
import { parameterCount } from "../../shape/shape.js";
import { decodeBase64, encodeBase64 } from "../../support/base64.js";
import { InputError, type NewtonError, ResourceError } from "../../support/errors.js";
import type { AbortSignalLike } from "../../support/platform.js";
import type { SumsResult, SumsSettings } from "../experiments/sums.js";
import { makeCell, type Outcome } from "../sweep/cell.js";
import type { Executor } from "../sweep/local.js";

/** Rows of a data set in several tables, each small enough for one worker. */
export interface ShardedData {
  /**
   * Files of comma-separated values with the same header; workers on other machines must find them
   * under the same paths.
   */
  readonly files: readonly string[];
  readonly inputs: readonly string[];
  /** One column an output; with the loss `softmax` that of the class. */
  readonly target: string | readonly string[];
  /** The column of weights; in every file one of them has to be above 0. */
  readonly weights?: string;
}

/** The names of the columns of targets. */
export function targetsOf({ target }: ShardedData): readonly string[] {
  return typeof target === "string" ? [target] : target;
}

/** Where the sums over all shards go, in the memory of an engine. */
export interface Totals {
  /** P values: J^T rho / M + Lambda theta. */
  readonly gradient?: number;
  /** P x P: J^T D J / M + Lambda. */
  readonly gram?: number;
}

/**
 * Sums over all rows of a sharded data set, computed by the workers of an executor. The shards are
 * added in their order whichever comes first, so that a sum has the same bits for any number of
 * workers.
 */
export class ShardedSums {
  readonly #executor: Executor;
  readonly #data: ShardedData;
  readonly #engine: Engine;
  readonly #objective: ObjectiveOptions;

  /**
   * @param objective of all shards, penalty included: their means are weighted by weights whose sum
   *   is 1
   */
  constructor(
    executor: Executor,
    data: ShardedData,
    engine: Engine,
    objective: ObjectiveOptions = {},
  ) {
    this.#executor = executor;
    this.#data = data;
    this.#engine = engine;
    this.#objective = objective;
  }

  /**
   * The loss of the network over all shards; what `totals` name is added there, which the caller
   * zeroes.
   * @throws the error of a shard that failed; `signal`'s reason when it is aborted
   */
  async evaluate(
    network: NetworkJSON,
    want: SumsSettings["want"],
    totals: Totals = {},
    signal?: AbortSignalLike,
  ): Promise<number> {
    const results = await this.#results(network, want, signal);
    const overflow = results.findIndex(({ loss }) => loss === null);
    if (overflow >= 0) {
      const file = this.#data.files[overflow]!;
      const message = `shard ${file}: the loss of the network on these data overflows`;
      throw new InputError("non-finite", message, { argument: file });
    }
    const { all, loss } = means(results);
    for (const { samples, gradient, gram } of results) {
      const weight = samples / all;
      if (totals.gradient !== undefined) this.#add(weight, gradient, totals.gradient);
      if (totals.gram !== undefined) this.#add(weight, gram, totals.gram);
    }
    return loss;
  }

  /**
   * target := target + J^T D f_vv / M for v = `direction`, pointers to P values. Returns what the
   * true v . H v has beside that of the Gauss-Newton sums, which is not finite where it overflows.
   */
  async bend(
    network: NetworkJSON,
    direction: number,
    target: number,
    signal?: AbortSignalLike,
  ): Promise<number> {
    const results = await this.#results(network, "bend", signal, direction);
    const { all } = means(results);
    let total = 0;
    for (const { samples, bend, curvature } of results) {
      this.#add(samples / all, bend, target);
      total += (samples / all) * (curvature ?? Number.NaN);
    }
    return total;
  }

  /** The loss at parameters that may turn out to be too far: infinite where it overflows. */
  async trialLoss(network: NetworkJSON, signal?: AbortSignalLike): Promise<number> {
    return means(await this.#results(network, "loss", signal)).loss;
  }

  /** One result a shard, in their order. */
  async #results(
    network: NetworkJSON,
    want: SumsSettings["want"],
    signal: AbortSignalLike = new AbortController().signal,
    vector?: number,
  ): Promise<SumsResult[]> {
    const { files, inputs, weights } = this.#data;
    const direction = vector === undefined ? {} : { direction: this.#encode(network, vector) };
    const settings = {
      ...{ inputs, targets: targetsOf(this.#data), network, want, ...direction },
      ...(weights !== undefined && { weights }),
      ...this.#objective,
    };
    const cells = files.map((csv) => makeCell("sums", { csv, ...settings }));
    const outcomes = new Map<string, Outcome>();
    await this.#executor.run(cells, (cell, outcome) => outcomes.set(cell.id, outcome), signal);
    signal.throwIfAborted();
    return cells.map(({ id }, shard) => {
      const outcome = outcomes.get(id)!;
      if (outcome.ok) return outcome.result as SumsResult;
      throw failure(files[shard]!, outcome.error);
    });
  }

  #encode({ width, inputs, outputs = 1 }: NetworkJSON, vector: number): string {
    const count = parameterCount({ width, inputs, outputs });
    const { buffer, byteOffset, byteLength } = this.#engine.f64(vector, count);
    return encodeBase64(new Uint8Array(buffer, byteOffset, byteLength));
  }

  /** total += weight times the values. */
  #add(weight: number, text: string | null, total: number): void {
    const values = new Float64Array(decodeBase64(text!).buffer);
    this.#engine.scope((arena) => {
      const copy = arena.f64(values.length);
      this.#engine.f64(copy, values.length).set(values);
      this.#engine.core.axpy(values.length, weight, copy, total);
    });
  }
}

/** The number of all rows and the loss over them. */
function means(results: readonly SumsResult[]): { readonly all: number; readonly loss: number } {
  const all = results.reduce((sum, { samples }) => sum + samples, 0);
  const loss = results.reduce(
    (sum, { samples, loss: mean }) => sum + (samples / all) * (mean ?? Number.POSITIVE_INFINITY),
    0,
  );
  return { all, loss };
}

function failure(file: string, { code, message }: { code: string; message: string }): NewtonError {
  const known = ["file", "missing-column", "invalid-cell", "empty-data", "invalid-shape"] as const;
  const input = known.find((name) => name === code);
  const details = { argument: file };
  return input !== undefined
    ? new InputError(input, `shard ${file}: ${message}`, details)
    : new ResourceError(
        code === "out-of-memory" ? code : "worker-failed",
        `shard ${file}: ${message}`,
        details,
      );
}
