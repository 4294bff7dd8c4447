import { type Columns, IDENTITY, measureColumns, standardize } from "../../data/scaling.js";
import { createEngine } from "../../engine/engine.js";
import { Model } from "../../fit/model.js";
import { encodeModel } from "../../formats/model-json.js";
import { Network, type NetworkOptions } from "../../network/network.js";
import { train } from "../../training/train.js";
import type { TrainingRun, TrainOptions } from "../../types.js";

/** A table's rows: inputs (M x d, row-major) and target (M). */
export interface Rows {
  readonly x: Float64Array;
  readonly y: Float64Array;
}

export interface FitTask {
  readonly columns: Columns;
  readonly standardize: boolean;
  readonly network: Omit<NetworkOptions, "inputs" | "engine" | "worker">;
  readonly training: TrainOptions;
}

/**
 * `Model.fit` with the network in a worker, so that this thread hears signals however long a step
 * takes.
 * @throws what `Model.fit` throws
 */
export async function fitInWorker(
  data: Rows,
  task: FitTask,
): Promise<{ model: Model; run: TrainingRun }> {
  const { columns } = task;
  const { scaling, scaled } = await scale(data, task);
  const options = { ...task.network, inputs: columns.inputs.length, worker: true } as const;
  const network = await Network.create(options);
  try {
    const run = await train(network, scaled, task.training);
    const json = encodeModel(await network.toJSON(), columns, scaling);
    return { model: await Model.fromJSON(json), run };
  } finally {
    network.dispose();
  }
}

async function scale({ x, y }: Rows, { columns, standardize: wanted }: FitTask) {
  const engine = await createEngine();
  try {
    const measure = (values: Float64Array, names: readonly string[], argument: string) =>
      wanted ? measureColumns(engine, values, names, argument) : names.map(() => IDENTITY);
    const inputs = measure(x, columns.inputs, "data.x");
    const target = measure(y, [columns.target], "data.y")[0]!;
    const scaled = {
      x: standardize(engine, x, inputs, "data.x"),
      y: standardize(engine, y, [target], "data.y"),
    };
    return { scaling: { inputs, target }, scaled };
  } finally {
    engine.dispose();
  }
}
