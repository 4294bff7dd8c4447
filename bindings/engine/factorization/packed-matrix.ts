import type { CoreExports } from "../core.js";
import type { Arena, Engine } from "../engine.js";
import { checkFinite } from "../finite.js";

/** A symmetric matrix, its lower triangle in panels (assembly/linalg/packed.ts). */
export class PackedMatrix {
  readonly engine: Engine;
  readonly order: number;
  readonly pointer: number;
  readonly #bytes: number;

  static bytes(core: CoreExports, order: number): number {
    return core.packedBytes(order);
  }

  /** Room for a matrix; its contents are undefined. */
  constructor(engine: Engine, arena: Arena, order: number) {
    this.engine = engine;
    this.order = order;
    this.#bytes = PackedMatrix.bytes(engine.core, order);
    this.pointer = arena.bytes(this.#bytes);
  }

  /** @throws InputError `non-finite` naming `what`, unless all of it is finite */
  checkFinite(argument: string, what: string): void {
    checkFinite(this.engine, this.#bytes / 8, this.pointer, argument, what);
  }

  copy(other: PackedMatrix): void {
    this.engine.copy(this.pointer, other.pointer, this.#bytes);
  }

  /** A := A + gamma I */
  addDiagonal(gamma: number): void {
    this.engine.core.packedAddDiagonal(this.order, this.pointer, gamma);
  }

  /** A := the lower triangle of a row-major matrix with leading dimension ld. */
  fromFull(full: number, ld: number): void {
    this.engine.core.packedFromFull(this.order, full, ld, this.pointer);
  }

  /** full := A, both triangles, row-major with leading dimension n. */
  toFull(full: number): void {
    this.engine.core.packedToFull(this.order, this.pointer, full, this.order);
  }
}
