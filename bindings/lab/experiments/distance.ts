import type { Engine } from "../../engine/engine.js";

/** Norms of the core, which have the same bits on every engine; `Math.hypot` has not. */

type Values = readonly number[] | Float64Array;

/** |a - b|, of vectors or, in the norm of Frobenius, of matrices. */
export function distance(engine: Engine, a: Values, b: Values): number {
  return engine.scope((arena) => {
    const [first, second] = [arena.f64(a.length), arena.f64(a.length)];
    engine.f64(first, a.length).set(a);
    engine.f64(second, a.length).set(b);
    return engine.core.distance(a.length, first, second);
  });
}

export function norm(engine: Engine, a: Values): number {
  return engine.scope((arena) => {
    const pointer = arena.f64(a.length);
    engine.f64(pointer, a.length).set(a);
    return engine.core.norm2(a.length, pointer);
  });
}

/** |a - b| / |b| */
export function relativeDistance(engine: Engine, a: Values, b: Values): number {
  return distance(engine, a, b) / norm(engine, b);
}
