import { loadDataset } from "../data/load.js";
import type { Dataset } from "../data/matrix.js";
import { type Preparation, standardizeDataset } from "../data/scaling.js";
import { type Network, networkAccess } from "../network/network.js";
import type { TrainOptions } from "../training/options.js";
import type { Fitted } from "../training/run.js";
import { trainLoaded } from "../training/train.js";

/**
 * Trains a network on the thread it is called on, on data that are loaded once, and measured and
 * standardized where they are.
 * @throws InputError `constant-column`, and all that `train` throws
 */
export async function fitHere(
  network: Network,
  data: Dataset,
  preparation: Preparation,
  options: TrainOptions,
): Promise<Fitted> {
  const trainee = networkAccess(network);
  const { engine } = trainee;
  const scope = engine.open();
  try {
    const shape = { inputs: preparation.columns.inputs.length, outputs: 1 };
    const loaded = loadDataset(engine, scope, data, shape);
    const scaling = standardizeDataset(engine, loaded, preparation);
    return { run: await trainLoaded(trainee, loaded, options), scaling };
  } finally {
    scope.close();
  }
}
