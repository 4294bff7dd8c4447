import { createEngine, type Engine } from "../../engine/engine.js";
import { InputError, NewtonError } from "../../support/errors.js";
import { experimentOf } from "../experiments/index.js";
import type { Cell, NamedData, Outcome } from "./cell.js";

let engine: Promise<Engine> | undefined;

/** Computes a cell in this thread. Never rejects: what goes wrong is an outcome too. */
export async function computeCell(cell: Cell, data: NamedData | null): Promise<Outcome> {
  const start = performance.now();
  try {
    engine ??= createEngine();
    const surroundings = { engine: await engine, data };
    const result = await experimentOf(cell.experiment).compute(cell.settings, surroundings);
    return {
      ok: true,
      // What a line of JSON says is the result, also here: it has no NaN and no infinity.
      result: JSON.parse(JSON.stringify(result)) as unknown,
      seconds: (performance.now() - start) / 1000,
    };
  } catch (error) {
    return { ok: false, error: describeFailure(error) };
  }
}

function describeFailure(error: unknown) {
  const message = error instanceof Error ? error.message : String(error);
  // An engine that ran out of memory has grown as far as it can; the next cell gets a new one.
  if (error instanceof NewtonError && error.code === "out-of-memory") engine = undefined;
  const code = error instanceof NewtonError ? error.code : "internal";
  const hopeless = error instanceof InputError || code === "out-of-memory";
  return { code, message, retry: !hopeless };
}
