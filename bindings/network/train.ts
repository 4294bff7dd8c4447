import type { Dataset } from "../data/matrix.js";
import { WorkerNetwork } from "../remote/worker-network.js";
import type { TrainOptions } from "../training/options.js";
import { asRun, type TrainingRun } from "../training/run.js";
import { trainHere } from "../training/train.js";
import { type Network, networkAccess } from "./network.js";

/**
 * Trains a network in place on all samples at once.
 *
 * The network always holds the last accepted parameters, never a half-made step: also when the
 * signal is aborted during the training (which ends it with reason "aborted") and when `onStep`
 * throws (which rejects with that error). Between steps, and within long ones, control goes back
 * to the event loop often enough for a page to stay alive and for an abort to be seen; only the
 * methods of one's own and `onStep` are not interrupted.
 *
 * @throws InputError `invalid-argument`, `invalid-shape`, `non-finite`, `empty-data`,
 *   `unsupported-activation`
 * @throws StateError `aborted` (before the first step), `busy`, `disposed`
 * @throws ResourceError `out-of-memory`; the network is as it was
 */
export async function train(
  network: Network | WorkerNetwork,
  data: Dataset,
  options: TrainOptions = {},
): Promise<TrainingRun> {
  if (network instanceof WorkerNetwork) return network.train(data, options);
  return asRun(await trainHere(networkAccess(network), data, options));
}
