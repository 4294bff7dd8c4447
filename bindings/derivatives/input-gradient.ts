import { loadInputs } from "../data/load.js";
import type { Matrix } from "../data/matrix.js";
import { checkFinite } from "../engine/finite.js";
import { mebibytes } from "../engine/memory.js";
import { Point } from "../objective/point.js";
import { Problem } from "../objective/problem.js";
import type { NetworkMemory } from "../shape/parameters.js";
import { ResourceError } from "../support/errors.js";

/** df_o/dx_j at each row of x: M x k x d, row-major. */
export function inputGradient(
  { engine, shape, theta }: NetworkMemory,
  x: Matrix,
): Float64Array<ArrayBuffer> {
  const { inputs, outputs } = shape;
  const { core } = engine;
  return engine.scope((arena) => {
    const data = loadInputs(engine, arena, x, inputs, "x");
    const { samples } = data;
    const result = numbers(samples * outputs * inputs);
    const problem = new Problem(engine, arena, shape, data);
    const { descriptor } = new Point(problem, arena, { keepJets: false, theta });
    const row = outputs * inputs;
    const most = Math.min(samples, core.inputGradientSamples(inputs, outputs));
    const part = arena.bytes(8 * most * row);
    const work = arena.bytes(core.inputGradientBytes(inputs, outputs, samples, most));
    // In parts: the result is k d times as large as the inputs, and must not have to fit beside
    // them in the memory of the core.
    for (let first = 0; first < samples; first += most) {
      const count = Math.min(most, samples - first);
      core.inputGradient(descriptor, first, count, part, work);
      checkFinite(engine, count * row, part, "x", "the derivative in the inputs");
      result.set(engine.f64(part, count * row), first * row);
    }
    return result;
  });
}

/** @throws ResourceError `out-of-memory` where the host has no array of this length */
function numbers(length: number): Float64Array<ArrayBuffer> {
  try {
    return new Float64Array(length);
  } catch (cause) {
    const got = mebibytes(8 * length);
    throw new ResourceError("out-of-memory", `out of memory: the result takes ${got}`, {
      expected: "a result that fits in memory",
      got,
      cause,
    });
  }
}
