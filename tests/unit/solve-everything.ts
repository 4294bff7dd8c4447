/** What calls every kernel of equations. */
import type { Engine } from "../../bindings/index.js";
import {
  grid,
  latinHypercube,
  type SolveOptions,
  sobol,
  solve,
  uniform,
} from "../../bindings/pde.js";

/** Solves small problems by every method, in the memory of an engine; gives all that was found. */
export async function solveEverything(engine: Engine, count = 5): Promise<Float64Array[]> {
  const box = [
    [0, 1],
    [0, 2],
  ] as const;
  const points = grid(box, [count, 3]);
  const drawn = await Promise.all([
    uniform(box, 3, { engine }),
    latinHypercube(box, 3, { engine }),
    sobol(box, 3, { engine }),
  ]);
  const options: SolveOptions = {
    coordinates: ["t", "x"],
    unknowns: ["u", "v"],
    equations: [
      { equation: "u_t = v_xx + data", points, data: points.map(([t]) => t! / 3) },
      { equation: "v = sin(x)*u_xxtt + 1", points: drawn.flat(), weight: 2 },
    ],
    network: { width: 4, activation: "tanh", engine },
    maxSteps: 3,
  };
  const curved: SolveOptions = {
    ...options,
    parameters: { k: 0.5 },
    equations: [...options.equations, { equation: "u*v_x = k*exp(u/9) + sqrt(4 + x)", points }],
    network: { width: 3, activation: "sin", engine },
  };
  const solutions = [
    await solve({ ...options, method: "varpro" }),
    await solve({ ...options, method: "newton", start: "random" }),
    await solve({ ...curved, method: "newton" }),
    await solve({ ...curved, method: "gauss-newton", solver: "normal", guess: { u: "x" } }),
    await solve({ ...curved, method: "gauss-newton", solver: "qr" }),
  ];
  const found = solutions.map((solution) => solution.at(points, "u + v_tx^2"));
  for (const solution of solutions) solution.dispose();
  return found;
}
