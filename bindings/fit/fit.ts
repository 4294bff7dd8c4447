import { checkLoaded, type LoadedData, loadDataset } from "../data/load.js";
import type { Dataset, FlatDataset } from "../data/matrix.js";
import {
  applyScaling,
  type Preparation,
  type Scaling,
  standardizeDataset,
} from "../data/scaling.js";
import type { Arena } from "../engine/engine.js";
import { type Network, networkAccess } from "../network/network.js";
import { checkObjective } from "../objective/objective.js";
import { type WorkerNetwork, workInWorker } from "../remote/worker-network.js";
import { checkTrainOptions, type TrainOptions } from "../training/options.js";
import type { Fitted } from "../training/run.js";
import { shapeOf, trainLoaded } from "../training/train.js";
import { loadDivided } from "../training/validation.js";
import {
  checkEvidenceOptions,
  type EvidenceOptions,
  type EvidenceRecord,
} from "./evidence-options.js";
import { checkNotAborted, type FittedMembers, fitMembers } from "./members.js";
import { withUsual } from "./task.js";

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
    checkTrainOptions(options);
    const objective = checkObjective(options, "options");
    const loaded = loadDivided(engine, scope, data, options, 1, (arena, rows, argument) =>
      loadColumns(network, arena, rows, preparation, true, argument),
    );
    const { training, heldOut } = loaded;
    const scaling = standardizeDataset(engine, training, preparation);
    if (heldOut !== null) applyScaling(engine, heldOut, scaling, "options.validation");
    const all = withUsual(options, objective, training.samples);
    return { run: await trainLoaded(trainee, loaded, all), scaling };
  } finally {
    scope.close();
  }
}

/** What a fit with evidence gives; it leaves the network's own parameters as they are. */
export interface FittedEvidence extends FittedMembers {
  readonly scaling: Scaling;
}

/**
 * The same with evidence: members of the network's shape. The data stay in `arena`, standardized.
 * @throws InputError `constant-column`, `invalid-shape`; StateError `aborted`; ResourceError
 *   `out-of-memory`, `not-converged`
 */
export async function fitEvidenceHere(
  network: Network,
  arena: Arena,
  data: Dataset,
  preparation: Preparation,
  options: EvidenceOptions,
): Promise<FittedEvidence & { readonly loaded: LoadedData }> {
  checkNotAborted(options);
  const { engine, shape } = networkAccess(network);
  const loaded = loadColumns(network, arena, data, preparation);
  checkLoaded(loaded, network);
  const scaling = standardizeDataset(engine, loaded, preparation);
  const { seed } = network;
  const fitted = await fitMembers(engine, shapeOf(shape), seed, loaded, scaling.target, options);
  return { ...fitted, scaling, loaded };
}

/** The same in a worker; the data are handed over. */
export async function fitEvidenceInWorker(
  network: WorkerNetwork,
  data: FlatDataset,
  preparation: Preparation,
  options: EvidenceOptions,
): Promise<FittedEvidence> {
  checkEvidenceOptions(options);
  checkNotAborted(options);
  const { result, history } = await workInWorker<EvidenceRecord, FittedEvidence>(
    network,
    "fitEvidence",
    [data, preparation],
    options,
  );
  return { ...result, run: { ...result.run, history } };
}

/** @param weighted whether weights are read */
export function loadColumns(
  network: Network,
  arena: Arena,
  data: Dataset,
  { columns }: Preparation,
  weighted = false,
  argument = "data",
): LoadedData {
  const { engine } = networkAccess(network);
  const shape = { inputs: columns.inputs.length, outputs: 1 };
  return loadDataset(engine, arena, data, shape, weighted, argument);
}
