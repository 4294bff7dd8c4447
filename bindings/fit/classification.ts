import type { LoadedData } from "../data/load.js";
import type { Arena, Engine } from "../engine/engine.js";
import type { Label } from "./classes.js";

/** What is known of each row of x, of a model of classes. */
export interface ClassPredictive {
  /**
   * Of each class, in the order of `model.classes`: M x k, row-major. The probabilities of a row
   * add up to 1.
   */
  readonly probabilities: Float64Array;
}

/** How well the classes of samples are predicted; means, each sample counted by its weight. */
export interface ClassQuality {
  /** Share of the samples whose class is the one of the largest probability. */
  readonly accuracy: number;
  /** Mean of -log p, p the probability of the class that a sample has; in nats. */
  readonly logLoss: number;
  /**
   * Brier score, from 0 to 2: mean of the sum over classes of (p - q)^2, q = 1 for the class that a
   * sample has and 0 for the others. Of two classes this is twice (p - q)^2 of one of them.
   */
  readonly brier: number;
  readonly samples: number;
}

/** Probabilities of the classes by outputs of a network: rows of k values, in `arena`. */
export function probabilitiesOf(
  { core }: Engine,
  arena: Arena,
  samples: number,
  outputs: number,
  predicted: number,
): number {
  const probabilities = arena.f64(samples * Math.max(2, outputs));
  core.classProbabilities(outputs, samples, predicted, probabilities);
  return probabilities;
}

/** The class of the largest probability in each row. */
export function likeliestOf(
  engine: Engine,
  arena: Arena,
  samples: number,
  probabilities: number,
  classes: readonly Label[],
): Label[] {
  const codes = arena.f64(samples);
  engine.core.largestClasses(classes.length, samples, probabilities, codes);
  return Array.from(engine.f64(codes, samples), (code) => classes[code]!);
}

/** How well rows of probabilities meet the classes of as many samples. */
export function scoreClasses(
  engine: Engine,
  arena: Arena,
  { y, weights, samples }: Pick<LoadedData, "y" | "weights" | "samples">,
  probabilities: number,
  classes: number,
): ClassQuality {
  const out = arena.f64(3);
  engine.core.classScores(classes, samples, probabilities, y, weights, out);
  const [accuracy, logLoss, brier] = engine.f64(out, 3) as unknown as [number, number, number];
  return { accuracy, logLoss, brier, samples };
}
