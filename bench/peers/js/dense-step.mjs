import { parseTheta, timed } from "./problems.mjs";

/**
 * One dense Gauss-Newton step of a peer that has matrices alone: Jacobian and residual are made by
 * hand here, as its user would; forming J^T J / M + gamma I and solving is the peer's.
 */
export function denseStep(solve) {
  return async ({ theta, x, y, beta, gamma, repetitions }) => {
    const { seconds, last } = await timed(
      repetitions,
      () => parseTheta(theta),
      (all) => {
        const samples = x.length;
        const parameters = all.length;
        const made = jacobian(all, x, y, beta);
        const step = solve({ ...made, samples, parameters, gamma });
        return loss(
          all.map((value, i) => value - step[i]),
          x,
          y,
          beta,
        );
      },
    );
    return { seconds, loss: last };
  };
}

function jacobian(theta, x, y, beta) {
  const width = theta.length / 3;
  const s = width ** -beta;
  const rows = new Float64Array(x.length * theta.length);
  const r = new Float64Array(x.length);
  x.forEach((t, m) => {
    let f = 0;
    const row = m * theta.length;
    for (let i = 0; i < width; i++) {
      const c = theta[2 * width + i];
      const value = Math.tanh(theta[i] * t + theta[width + i]);
      const slope = s * c * (1 - value * value);
      f += s * c * value;
      rows[row + i] = slope * t;
      rows[row + width + i] = slope;
      rows[row + 2 * width + i] = s * value;
    }
    r[m] = f - y[m];
  });
  return { rows, r };
}

function loss(theta, x, y, beta) {
  const { r } = jacobian(theta, x, y, beta);
  return r.reduce((sum, value) => sum + value * value, 0) / (2 * x.length);
}
