import { expect } from "vitest";
import { createEngine } from "../bindings/engine/engine.js";
import { pdeOf } from "../bindings/engine/pde-core.js";
import { compileEquation, type Names } from "../bindings/pde/equation.js";
import { loadTape } from "../bindings/pde/tape.js";

/** The same values at all points, the features in the order of an equation's variables. */
export interface At {
  readonly x: readonly number[];
  readonly data: number;
  readonly features: readonly number[];
  readonly k: number;
}

/** Evaluates expressions with one parameter in the core; gives what is at the last point. */
export async function evaluator(names: Names) {
  const engine = await createEngine();
  const core = await pdeOf(engine);
  return (text: string, at: At, order: 0 | 1 | 2, m = 3) =>
    engine.scope((arena) => {
      const options = { argument: "expression", equals: false };
      const equation = compileEquation(text, names, options);
      const q = equation.features.length;
      const tape = loadTape(engine, core, arena, equation, 1);
      const ldx = m + (m % 2);
      const rows = (values: readonly number[]) => {
        const pointer = arena.f64(Math.max(1, values.length) * ldx);
        values.forEach((value, i) => {
          engine.f64(pointer + 8 * i * ldx, m).fill(value);
        });
        return pointer;
      };
      const parameters = arena.f64(1);
      engine.f64(parameters, 1)[0] = at.k;
      const v = q + 1;
      const [value, first] = [arena.f64(ldx), arena.f64(v * ldx)];
      const second = arena.f64(((v * (v + 1)) / 2) * ldx);
      core.tapeEvaluate(
        tape,
        m,
        ldx,
        rows(at.x),
        rows(equation.data.length > 0 ? [at.data] : []),
        rows(at.features.slice(0, q)),
        parameters,
        order,
        value,
        first,
        second,
        arena.bytes(core.tapeWork(tape)),
      );
      const column = (pointer: number, count: number, m0 = 0) =>
        Array.from({ length: count }, (_, i) => engine.f64(pointer + 8 * i * ldx, ldx)[m0]!);
      const last = m - 1;
      if (m < ldx) {
        expect(column(value, 1, m)).toEqual([0]);
        expect(column(first, v, m)).toEqual(Array.from({ length: v }, () => 0));
      }
      return {
        equation,
        value: column(value, 1, last)[0]!,
        first: column(first, v, last),
        second: column(second, (v * (v + 1)) / 2, last),
      };
    });
}
