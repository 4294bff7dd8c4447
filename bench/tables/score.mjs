/** Quantile 0.975 of the standard normal distribution. */
const NORMAL = 1.959963984540054;

/**
 * Root of the mean squared error; mean log density and the share of targets in the interval of 95
 * percent, where there is a deviation. A method whose predictive is not normal says these two
 * itself.
 */
export function score({ mean, sd, logLikelihood, coverage, seconds }, targets) {
  const average = (of) =>
    targets.reduce((sum, y, i) => sum + of(y - mean[i], i), 0) / targets.length;
  const density = (r, i) => -0.5 * (r / sd[i]) ** 2 - Math.log(sd[i]) - 0.5 * Math.log(2 * Math.PI);
  const inside = (r, i) => (Math.abs(r) <= NORMAL * sd[i] ? 1 : 0);
  const normal = sd !== undefined;
  return {
    rmse: Math.sqrt(average((r) => r * r)),
    logLikelihood: logLikelihood ?? (normal ? average(density) : null),
    coverage: coverage ?? (normal ? average(inside) : null),
    seconds,
  };
}

/** Mean and its standard error of each figure; null where a method does not have it. */
export function summarize(scores) {
  const names = ["rmse", "logLikelihood", "coverage", "seconds"];
  return Object.fromEntries(names.map((name) => [name, ofMany(scores.map((each) => each[name]))]));
}

function ofMany(values) {
  if (values.some((value) => value === null)) return null;
  const n = values.length;
  const mean = values.reduce((a, b) => a + b, 0) / n;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, error: n > 1 ? Math.sqrt(squares / (n - 1) / n) : null };
}
