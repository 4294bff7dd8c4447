import type { Arena, Engine } from "../engine/engine.js";
import type { PdeExports } from "../engine/pde-core.js";
import type { Equation } from "./equation.js";

/** Puts the tape of an equation into memory; returns the address of its descriptor. */
export function loadTape(
  engine: Engine,
  core: PdeExports,
  arena: Arena,
  { tape, features }: Equation,
  parameters: number,
): number {
  const bytes = core.tapeRecordBytes();
  const records = arena.bytes(bytes * tape.length);
  const descriptor = arena.bytes(core.tapeBytes());
  const memory = new DataView(engine.core.memory.buffer as ArrayBuffer);
  tape.forEach(({ operation, a, b, depends, constant }, index) => {
    const at = records + bytes * index;
    [operation, a, b, depends].forEach((value, place) => {
      memory.setInt32(at + 4 * place, value, true);
    });
    memory.setFloat64(at + 16, constant, true);
  });
  core.tapeSet(descriptor, tape.length, features.length, parameters, records);
  return descriptor;
}
