import type { LoadedData } from "../data/load.js";
import { type Dataset, flattenDataset } from "../data/matrix.js";
import { applyScaling, type Columns, type Preparation, type Scaling } from "../data/scaling.js";
import type { Arena } from "../engine/engine.js";
import { Network, networkAccess } from "../network/network.js";
import { fitInWorker } from "../remote/worker-network.js";
import type { TrainOptions } from "../training/options.js";
import { asRun, type Fitted, type TrainingRun } from "../training/run.js";
import type { LabelledDataset } from "./classes.js";
import { Ensemble } from "./ensemble.js";
import type { EvidenceOptions, EvidenceRun } from "./evidence-options.js";
import {
  type FittedEvidence,
  fitEvidenceHere,
  fitEvidenceInWorker,
  fitHere,
  loadColumns,
} from "./fit.js";
import { checkFitOptions, type FitOptions, type InWorker } from "./options.js";
import type { Task } from "./task.js";

/** What came of a fit; whoever takes it owns the network and the ensemble. */
export interface FittedNetwork {
  readonly network: Network;
  readonly task: Task;
  readonly columns: Columns;
  readonly scaling: Scaling;
  /** `null` without evidence. */
  readonly ensemble: Ensemble | null;
  readonly run: EvidenceRun | TrainingRun;
}

/** Makes a network and fits it, here or in a worker; throws what `Model.fit` does. */
export async function fitNetwork(
  given: Dataset | LabelledDataset,
  options: FitOptions,
): Promise<FittedNetwork> {
  const { task, data, here, elsewhere, preparation, way } = checkFitOptions(given, options);
  const { columns } = preparation;
  const network = await Network.create(here);
  try {
    if (way.evidence) {
      const fitted = await fitEvidence(network, elsewhere, data, preparation, way.options);
      return { network, task, columns, ...fitted };
    }
    const { run, scaling } = await (elsewhere === null
      ? fitHere(network, data, preparation, way.options)
      : fitElsewhere(network, elsewhere, data, preparation, way.options));
    return { network, task, columns, scaling, ensemble: null, run: asRun(run) };
  } catch (error) {
    network.dispose();
    throw error;
  }
}

async function fitEvidence(
  network: Network,
  elsewhere: InWorker | null,
  data: Dataset,
  preparation: Preparation,
  options: EvidenceOptions,
): Promise<Pick<FittedNetwork, "scaling" | "ensemble" | "run">> {
  const { engine, shape, theta } = networkAccess(network);
  const arena = engine.open();
  try {
    const fitted = await (elsewhere === null
      ? fitEvidenceHere(network, arena, data, preparation, options)
      : fitEvidenceElsewhere(network, elsewhere, arena, data, preparation, options));
    const { members, run, scaling, loaded } = fitted;
    const ensemble = new Ensemble(engine, arena, shape, loaded, members, theta);
    return { scaling, ensemble, run };
  } catch (error) {
    arena.close();
    throw error;
  }
}

/** Trains a network of the same options in a worker and takes its parameters. */
async function fitElsewhere(
  network: Network,
  options: InWorker,
  data: Dataset,
  preparation: Preparation,
  trainOptions: TrainOptions,
): Promise<Fitted> {
  const flat = flattenDataset(data, { inputs: network.inputs, outputs: 1 });
  const trainee = await Network.create(options);
  try {
    const fitted = await fitInWorker(trainee, flat, preparation, trainOptions);
    network.setParameters(await trainee.parameters());
    return fitted;
  } finally {
    trainee.dispose();
  }
}

/** The same with evidence; the data are loaded here as well, where predictions need them. */
async function fitEvidenceElsewhere(
  network: Network,
  options: InWorker,
  arena: Arena,
  data: Dataset,
  preparation: Preparation,
  evidenceOptions: EvidenceOptions,
): Promise<FittedEvidence & { readonly loaded: LoadedData }> {
  const flat = flattenDataset(data, { inputs: network.inputs, outputs: 1 });
  const loaded = loadColumns(network, arena, flat, preparation);
  const trainee = await Network.create(options);
  try {
    const fitted = await fitEvidenceInWorker(trainee, flat, preparation, evidenceOptions);
    applyScaling(networkAccess(network).engine, loaded, fitted.scaling, "data");
    return { ...fitted, loaded };
  } finally {
    trainee.dispose();
  }
}
