import type { Arena, Engine } from "../engine/engine.js";
import type { Shape } from "../network/shape.js";
import { describe, invalid } from "../support/errors.js";
import { checkTargets, copyRows, countSamples, type Dataset, type Matrix } from "./matrix.js";

/** Inputs in memory: transposed, d rows of `ldx` values each, zero from column `samples` on. */
export interface LoadedInputs {
  readonly x: number;
  readonly samples: number;
  readonly ldx: number;
}

export interface LoadedData extends LoadedInputs {
  /** Targets as a function vector: a row of `ldx` values an output, zero from `samples` on. */
  readonly y: number;
}

/**
 * Copies samples into memory.
 * @throws InputError `invalid-shape`, `empty-data`, `non-finite`, `invalid-argument`, naming
 *   `argument`
 */
export function loadInputs(
  engine: Engine,
  arena: Arena,
  value: Matrix,
  inputs: number,
  argument: string,
): LoadedInputs {
  return engine.scope((scratch) => {
    const { rows, samples } = loadRows(engine, scratch, value, inputs, argument);
    const ldx = samples + (samples % 2);
    const x = arena.f64(inputs * ldx);
    engine.core.toColumns(samples, inputs, rows, ldx, x);
    return { x, samples, ldx };
  });
}

/**
 * Copies samples into memory as they come: row-major, `width` values a sample. Errors as
 * `loadInputs`.
 */
export function loadRows(
  engine: Engine,
  arena: Arena,
  value: Matrix,
  width: number,
  argument: string,
): { readonly rows: number; readonly samples: number } {
  const samples = countSamples(value, width, argument);
  const rows = arena.f64(samples * width);
  copyRows(value, engine.f64(rows, samples * width), width, argument);
  checkFinite(engine, rows, samples, width, argument);
  return { rows, samples };
}

/**
 * Both keys of a data set and no other: weights that nothing reads would be ignored in silence.
 * @throws InputError `invalid-argument`
 */
export function checkDataset(data: unknown): asserts data is Dataset {
  if (typeof data !== "object" || data === null || !("x" in data) || !("y" in data)) {
    throw invalid("invalid-argument", "data", "an object { x, y }", describe(data));
  }
  const stranger = Object.keys(data).find((key) => key !== "x" && key !== "y");
  if (stranger === undefined) return;
  throw invalid("invalid-argument", `data.${stranger}`, "x and y alone", "an unknown key");
}

/** The same with targets, of which there must be as many as samples. */
export function loadDataset(
  engine: Engine,
  arena: Arena,
  data: Dataset,
  { inputs, outputs }: Pick<Shape, "inputs" | "outputs">,
): LoadedData {
  checkDataset(data);
  const loaded = loadInputs(engine, arena, data.x, inputs, "data.x");
  const y = loadTargets(engine, arena, data.y, outputs, loaded);
  return { ...loaded, y };
}

function loadTargets(
  engine: Engine,
  arena: Arena,
  value: Matrix,
  outputs: number,
  { samples, ldx }: LoadedInputs,
): number {
  const argument = "data.y";
  checkTargets(value, outputs, samples, argument, "data.x");
  return engine.scope((scratch) => {
    const { rows } = loadRows(engine, scratch, value, outputs, argument);
    const y = arena.f64(outputs * ldx);
    engine.core.toColumns(samples, outputs, rows, ldx, y);
    return y;
  });
}

function checkFinite(
  engine: Engine,
  pointer: number,
  rows: number,
  width: number,
  argument: string,
): void {
  const index = engine.core.firstNonFinite(rows * width, pointer);
  if (index < 0) return;
  const row = Math.floor(index / width);
  const place = width === 1 ? `[${row}]` : `[${row}][${index % width}]`;
  throw invalid(
    "non-finite",
    `${argument}${place}`,
    "a finite number",
    String(engine.f64(pointer, rows * width)[index]),
  );
}
