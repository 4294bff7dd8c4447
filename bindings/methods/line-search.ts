/** Loss and slope of the loss at a length along a direction. */
export interface Trial {
  readonly length: number;
  readonly loss: number;
  readonly slope: number;
}

/**
 * Sufficient decrease and curvature conditions; Nocedal and Wright's values for quasi-Newton
 * methods.
 */
const DECREASE = 1e-4;
const CURVATURE = 0.9;
const MOST_TRIALS = 25;

/**
 * A length along a descent direction that satisfies the strong Wolfe conditions (Nocedal and
 * Wright, Numerical Optimization, 2nd ed., algorithms 3.5 and 3.6, with cubic interpolation). Where
 * rounding leaves no such length, the lowest trial of lesser loss; `null` if there is none. The
 * last trial that was evaluated need not be the one returned. Pauses where the evaluations do.
 */
export function* strongWolfe(
  start: Trial,
  first: number,
  evaluating: (length: number) => Generator<void, Trial>,
): Generator<void, Trial | null> {
  let trials = 0;
  let best: Trial | null = null;
  const measure = function* (length: number): Generator<void, Trial> {
    trials++;
    const trial = yield* evaluating(length);
    if (trial.loss < (best ?? start).loss) best = trial;
    return trial;
  };
  const decreases = ({ length, loss }: Trial) =>
    loss <= start.loss + DECREASE * length * start.slope;
  const isFlat = ({ slope }: Trial) => Math.abs(slope) <= -CURVATURE * start.slope;

  const zoom = function* (low: Trial, high: Trial): Generator<void, Trial | null> {
    let [near, far] = [low, high];
    while (trials < MOST_TRIALS) {
      const trial = yield* measure(interpolate(near, far));
      if (!decreases(trial) || !(trial.loss < near.loss)) far = trial;
      else {
        if (isFlat(trial)) return trial;
        if (trial.slope * (far.length - near.length) >= 0) far = near;
        near = trial;
      }
      if (Math.abs(far.length - near.length) <= Number.EPSILON * near.length) break;
    }
    return best;
  };

  let previous = start;
  let length = first;
  while (trials < MOST_TRIALS) {
    const trial = yield* measure(length);
    if (!decreases(trial) || (trials > 1 && trial.loss >= previous.loss)) {
      return yield* zoom(previous, trial);
    }
    if (isFlat(trial)) return trial;
    if (trial.slope >= 0) return yield* zoom(trial, previous);
    previous = trial;
    length *= 2;
  }
  return best;
}

/**
 * Minimizer of the cubic through two trials (3.59), kept inside of them; the middle if there is
 * none.
 */
function interpolate(a: Trial, b: Trial): number {
  const width = b.length - a.length;
  const middle = a.length + width / 2;
  const d1 = a.slope + b.slope - (3 * (a.loss - b.loss)) / (a.length - b.length);
  const radicand = d1 * d1 - a.slope * b.slope;
  if (!(radicand >= 0)) return middle;
  const d2 = Math.sign(width) * Math.sqrt(radicand);
  const length = b.length - (width * (b.slope + d2 - d1)) / (b.slope - a.slope + 2 * d2);
  const margin = 0.05 * Math.abs(width);
  const low = Math.min(a.length, b.length) + margin;
  const high = Math.max(a.length, b.length) - margin;
  return Number.isFinite(length) ? Math.min(Math.max(length, low), high) : middle;
}
