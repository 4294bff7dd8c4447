import { type LoadedData, loadDataset } from "../data/load.js";
import type { Dataset } from "../data/matrix.js";
import type { Arena, Engine } from "../engine/engine.js";
import type { Shape } from "../shape/shape.js";
import { invalid } from "../support/errors.js";
import { lossTraits } from "./losses.js";
import { type Objective, targetColumns } from "./objective.js";

/**
 * Copies a data set for an objective into memory.
 * @param argument what the data set is called
 * @throws InputError as `loadDataset`; `invalid-argument` for targets that the loss does not take
 */
export function loadFor(
  engine: Engine,
  arena: Arena,
  data: Dataset,
  { inputs, outputs }: Pick<Shape, "inputs" | "outputs">,
  objective: Objective,
  argument = "data",
): LoadedData {
  const columns = targetColumns(objective.loss.name, outputs);
  const loaded = loadDataset(engine, arena, data, { inputs, outputs: columns }, true, argument);
  checkTargetsFor(engine, loaded, outputs, objective, argument);
  return loaded;
}

/** @throws InputError `invalid-argument` naming the first target that the loss does not take */
export function checkTargetsFor(
  engine: Engine,
  { y, samples, ldx, outputs: columns }: LoadedData,
  outputs: number,
  { loss: { name } }: Objective,
  argument = "data",
): void {
  const { code, targets } = lossTraits(name);
  for (let column = 0; column < columns; column++) {
    const pointer = y + 8 * ldx * column;
    const row = engine.core.firstBadTarget(code, outputs, samples, pointer);
    if (row < 0) continue;
    const place = `${argument}.y[${row}]${columns === 1 ? "" : `[${column}]`}`;
    const count = `${outputs} ${outputs === 1 ? "output" : "outputs"}`;
    const expected = `${targets}, for the loss "${name}" of ${count}`;
    const got = String(engine.f64(pointer, samples)[row]);
    throw invalid("invalid-argument", place, expected, got);
  }
}
