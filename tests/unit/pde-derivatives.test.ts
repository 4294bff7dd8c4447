import { describe, expect, it } from "vitest";
import { createEngine } from "../../bindings/engine/engine.js";
import { pdeOf } from "../../bindings/engine/pde-core.js";
import type { Activation } from "../../bindings/index.js";
import { compileEquation } from "../../bindings/pde/equation.js";
import { RowsPoint } from "../../bindings/pde/point.js";
import { RowsProblem } from "../../bindings/pde/problem.js";
import { run } from "../../bindings/support/pauses.js";

const activations: Activation[] = ["tanh", "sin", "sigmoid", "erf", "softplus", "gelu"];

async function setUp(activation: Activation, samples: number) {
  const engine = await createEngine();
  const core = await pdeOf(engine);
  const arena = engine.open();
  const shape = { inputs: 2, outputs: 2, width: 3, activation, beta: 0.52 };
  const names = {
    coordinates: ["t", "x"],
    unknowns: ["u", "v"],
    constants: { nu: 0.3 },
    parameters: ["k"],
    data: ["data"],
  };
  const texts = [
    "u_t + u*u_x = nu*u_xx + k*v_x*exp(u/4)",
    "v_ttxx - sin(u)*v = data*u_x^3 + x*t",
    "u_xxxx = v_t/(2 + u^2) - k^2",
  ];
  const points = Array.from({ length: samples }, (_, m) => [
    Math.sin(3 * m + 1),
    Math.cos(2 * m) / 1.5,
  ]);
  const groups = texts.map((text, index) => ({
    equation: compileEquation(text, names, { argument: `equations[${index}]` }),
    points,
    weight: 1 + index,
    data: { data: points.map(([t]) => t! / 2) },
    argument: `equations[${index}]`,
  }));
  const problem = new RowsProblem({ engine, core, shape, extra: 1 }, arena, groups);
  const theta = Array.from({ length: problem.parameters }, (_, p) => Math.sin(7 * p + 2));
  const at = (values: readonly number[]) => {
    const point = new RowsPoint(problem, arena);
    engine.f64(point.leave(), values.length).set(values);
    return { point, loss: run(point.evaluating()) };
  };
  const read = (pointer: number, length: number) => engine.f64(pointer, length).slice();
  return { engine, arena, problem, theta, at, read };
}

/** The derivative at 0 by differences of order eight. */
function differentiate(f: (h: number) => number, h: number): number {
  const weights = [4 / 5, -1 / 5, 4 / 105, -1 / 280];
  return weights.reduce((sum, w, i) => sum + w * (f((i + 1) * h) - f(-(i + 1) * h)), 0) / h;
}

describe.each(activations)("rows of equations, %s", (activation) => {
  it.each([1, 2, 5, 257, 600])("%d points: gradient, columns and products", async (samples) => {
    const { engine, arena, problem, theta, at, read } = await setUp(activation, samples);
    const { point, loss } = at(theta);
    expect(loss).toBeGreaterThan(0);
    const { length, parameters, rows } = problem;
    const gradient = arena.f64(length);
    run(point.differentiating(gradient));
    const g = read(gradient, parameters);
    const columns = arena.f64(rows * parameters);
    run(point.fillingColumns(columns, rows, "all"));
    const j = read(columns, rows * parameters);
    const rho = read(point.residual, rows);
    const scale = Math.max(...g.map(Math.abs));
    for (let p = 0; p < parameters; p++) {
      let sum = 0;
      for (let m = 0; m < rows; m++) sum += j[p * rows + m]! * rho[m]!;
      expect(Math.abs(sum - g[p]!)).toBeLessThan(1e-12 * scale);
      const slope = differentiate((h) => at(theta.with(p, theta[p]! + h)).loss, 4e-3);
      expect(Math.abs(slope - g[p]!)).toBeLessThan(1e-8 * scale);
    }
    const v = theta.map((_, p) => Math.cos(5 * p));
    const direction = arena.f64(length);
    engine.f64(direction, parameters).set(v);
    const [image, bend] = [arena.f64(rows), arena.f64(rows)];
    run(point.multiplying(direction, image));
    run(point.bending(direction, bend));
    const along = (h: number) => theta.map((value, p) => value + h * v[p]!);
    const moved = (h: number) => read(at(along(h)).point.residual, rows);
    const step = 2e-3;
    const near = [-4, -3, -2, -1, 1, 2, 3, 4].map((i) => moved(i * step));
    const weights = [1 / 280, -4 / 105, 1 / 5, -4 / 5, 4 / 5, -1 / 5, 4 / 105, -1 / 280];
    const seconds = [-1 / 560, 8 / 315, -1 / 5, 8 / 5, 8 / 5, -1 / 5, 8 / 315, -1 / 560];
    const imageScale = Math.max(...read(image, rows).map(Math.abs));
    const bendScale = Math.max(...read(bend, rows).map(Math.abs));
    for (let m = 0; m < rows; m++) {
      let product = 0;
      for (let p = 0; p < parameters; p++) product += j[p * rows + m]! * v[p]!;
      const found = engine.f64(image, rows)[m]!;
      expect(Math.abs(product - found)).toBeLessThan(1e-12 * imageScale);
      const first = near.reduce((sum, values, i) => sum + weights[i]! * values[m]!, 0) / step;
      expect(Math.abs(first - found)).toBeLessThan(1e-8 * imageScale);
      const second = near.reduce((sum, values, i) => sum + seconds[i]! * values[m]!, 0);
      const curve = (second - (205 / 72) * rho[m]!) / step ** 2;
      expect(Math.abs(curve - engine.f64(bend, rows)[m]!)).toBeLessThan(1e-6 * bendScale);
    }
  });

  it("blocks are the second derivatives of the loss, of a linear equation at one neuron", async () => {
    const { engine, arena, problem, theta, at, read } = await setUp(activation, 7);
    const { point } = at(theta);
    const q = 5;
    const size = 15;
    const blocks = arena.f64(3 * size);
    run(point.fillingBlocks(blocks, 3 * size));
    // theta . S theta by the second derivative of rho along directions within one neuron, without
    // that of the equations.
    const index = (i: number, local: number) =>
      local < 2 ? 2 * i + local : local === 2 ? 6 + i : 9 + 2 * i + (local - 3);
    for (let i = 0; i < 3; i++) {
      const v = Array.from({ length: q }, (_, l) => Math.sin(3 * l + i + 1));
      const direction = arena.f64(problem.length);
      v.forEach((value, l) => {
        engine.f64(direction, problem.parameters)[index(i, l)] = value;
      });
      const [all, own] = [arena.f64(problem.rows), arena.f64(problem.rows)];
      run(point.bending(direction, all));
      run(point.bendingEquations(direction, own));
      const rho = read(point.residual, problem.rows);
      const [a, b] = [read(all, problem.rows), read(own, problem.rows)];
      const expected = rho.reduce((sum, value, m) => sum + value * (a[m]! - b[m]!), 0);
      const s = read(blocks + 8 * i * size, size);
      let quadratic = 0;
      for (let r = 0; r < q; r++) {
        for (let c = 0; c < q; c++) {
          const [row, column] = [Math.max(r, c), Math.min(r, c)];
          quadratic += s[(row * (row + 1)) / 2 + column]! * v[r]! * v[c]!;
        }
      }
      expect(Math.abs(quadratic - expected)).toBeLessThan(1e-11 * Math.max(1, Math.abs(expected)));
    }
  });
});
