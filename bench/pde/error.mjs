/** How far a solution is from what is known. */

export const median = (list) => [...list].sort((a, b) => a - b)[Math.floor(list.length / 2)];

/**
 * Relative error of a solution in the sense of least squares; of several unknowns the worst.
 *
 * @param exact a function of the point for each unknown
 */
export function errorOf(solution, exact, points) {
  const errors = Object.entries(exact).map(([name, value]) => {
    const found = solution.at(points, name);
    let [error, size] = [0, 0];
    points.forEach((point, m) => {
      const right = value(point);
      error += (found[m] - right) ** 2;
      size += right ** 2;
    });
    return Math.sqrt(error / size);
  });
  return Math.max(...errors);
}
