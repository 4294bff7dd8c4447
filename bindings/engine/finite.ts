import { InputError } from "../support/errors.js";
import type { Engine } from "./engine.js";

/** Finite arguments from which float64 cannot hold what was asked for. */
export function overflow(argument: string, what: string, got: string): InputError {
  return new InputError(
    "non-finite",
    `${argument}: ${what} overflows float64 (${got}); scale the inputs, the targets or the parameters`,
    { argument, expected: `${what} within float64`, got },
  );
}

/** @throws InputError `non-finite` naming `what`, unless all of it is finite */
export function checkFinite(
  engine: Engine,
  count: number,
  pointer: number,
  argument: string,
  what: string,
): void {
  const bad = engine.core.firstNonFinite(count, pointer);
  if (bad < 0) return;
  throw overflow(argument, what, String(engine.f64(pointer, count)[bad]));
}

/**
 * A copy of what was computed at `pointer`.
 * @throws InputError `non-finite` that names the argument whose magnitude made it overflow
 */
export function finiteResult(
  engine: Engine,
  pointer: number,
  length: number,
  argument: string,
): Float64Array {
  checkFinite(engine, length, pointer, argument, "the result");
  return engine.f64(pointer, length).slice();
}

/** @throws InputError `non-finite` naming `what` */
export function checkFiniteNumber(value: number, argument: string, what: string): number {
  if (Number.isFinite(value)) return value;
  throw overflow(argument, what, String(value));
}
